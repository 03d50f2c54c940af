import { Tag } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { ConversationView } from '../../../src/views.ts'
import { useLabels } from '../api/directory.ts'
import { IconButton } from '../ui/button.tsx'
import { Menu, MenuContent, MenuItem, MenuTrigger } from '../ui/menu.tsx'
import type { Change } from './thread-head.tsx'

interface LabelProps {
  item: ConversationView
  change: Change
  open: boolean
  onOpen(open: boolean): void
}

export function LabelMenu({ item, change, open, onOpen }: LabelProps) {
  const { t } = useTranslation()
  const labels = useLabels().data ?? []
  const toggle = (id: string) =>
    change({
      labelIds: item.labelIds.includes(id) ? item.labelIds.filter((one) => one !== id) : [...item.labelIds, id],
    })
  return (
    <Menu open={open} onOpenChange={onOpen}>
      <MenuTrigger asChild>
        <IconButton icon={Tag} label={t('label.title')} shortcut="L" className="max-md:hidden" />
      </MenuTrigger>
      <MenuContent align="end" className="w-56">
        {labels.length === 0 && <p className="px-2 py-1.5 text-sm text-muted">{t('label.none')}</p>}
        {labels.map((label) => (
          <MenuItem
            key={label.id}
            checked={item.labelIds.includes(label.id)}
            icon={<span aria-hidden className="mx-1 size-2.5 rounded-full" style={{ background: label.color }} />}
            onSelect={(event) => {
              event.preventDefault()
              toggle(label.id)
            }}
          >
            {label.name}
          </MenuItem>
        ))}
      </MenuContent>
    </Menu>
  )
}
