import { ArrowDown, ArrowUp, ChevronsUp, Ellipsis, Hourglass, Minus, RotateCcw } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { ConversationView } from '../../../src/views.ts'
import { useLabels } from '../api/directory.ts'
import { IconButton } from '../ui/button.tsx'
import { Menu, MenuContent, MenuItem, MenuLabel, MenuLine, MenuTrigger } from '../ui/menu.tsx'
import type { Change } from './thread-head.tsx'

const PRIORITIES = [
  ['urgent', ChevronsUp, 'text-danger'],
  ['high', ArrowUp, 'text-warn'],
  ['normal', Minus, 'text-muted'],
  ['low', ArrowDown, 'text-muted'],
] as const

/** Priority and the rarer states; on a phone also the labels, which have no room in the head. */
export function MoreMenu({ item, change }: { item: ConversationView; change: Change }) {
  const { t } = useTranslation()
  const labels = useLabels().data ?? []
  return (
    <Menu>
      <MenuTrigger asChild>
        <IconButton icon={Ellipsis} label={t('thread.more')} />
      </MenuTrigger>
      <MenuContent align="end" className="w-56">
        <MenuLabel>{t('priority.title')}</MenuLabel>
        {PRIORITIES.map(([name, Icon, ink]) => (
          <MenuItem
            key={name}
            icon={<Icon size={16} aria-hidden className={ink} />}
            checked={item.priority === name}
            onSelect={() => change({ priority: name })}
          >
            {t(`priority.${name}`)}
          </MenuItem>
        ))}
        <MenuLine />
        {item.status === 'open' && (
          <MenuItem
            icon={<Hourglass size={16} aria-hidden />}
            onSelect={() => change({ status: 'pending' }, t('done.pending'), { status: 'open' })}
          >
            {t('thread.setPending')}
          </MenuItem>
        )}
        {(item.status === 'pending' || item.status === 'snoozed') && (
          <MenuItem
            icon={<RotateCcw size={16} aria-hidden />}
            onSelect={() => change({ status: 'open' }, t('done.reopened'))}
          >
            {t('thread.setOpen')}
          </MenuItem>
        )}
        <div className="md:hidden">
          <MenuLabel>{t('label.title')}</MenuLabel>
          {labels.map((label) => (
            <MenuItem
              key={label.id}
              checked={item.labelIds.includes(label.id)}
              icon={<span aria-hidden className="mx-1 size-2.5 rounded-full" style={{ background: label.color }} />}
              onSelect={() =>
                change({
                  labelIds: item.labelIds.includes(label.id)
                    ? item.labelIds.filter((id) => id !== label.id)
                    : [...item.labelIds, label.id],
                })
              }
            >
              {label.name}
            </MenuItem>
          ))}
        </div>
      </MenuContent>
    </Menu>
  )
}
