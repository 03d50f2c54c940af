import { Ellipsis, GitMerge, Pencil, SquarePen, Star } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ContactView } from '../../../src/views.ts'
import { useMe } from '../api/session.ts'
import { clock } from '../format/time.ts'
import { useNow } from '../format/use-now.ts'
import { useShell } from '../shell/shell-context.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { Menu, MenuContent, MenuItem, MenuTrigger } from '../ui/menu.tsx'
import { EditPerson } from './edit-person.tsx'
import { JoinDialog } from './join-dialog.tsx'
import { personName } from './person-details.tsx'

const languageName = (tag: string, lang: string): string => {
  try {
    return new Intl.DisplayNames([lang], { type: 'language' }).of(tag) ?? tag
  } catch {
    return tag
  }
}

const localClock = (zone: string, now: number, lang: string): string | null => {
  try {
    return clock(now, lang, zone)
  } catch {
    return null
  }
}

export function PersonHead({ contact }: { contact: ContactView }) {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const { startConversation } = useShell()
  const hasInbox = useMe().role !== 'marketer'
  const [dialog, setDialog] = useState<'edit' | 'join' | null>(null)
  const name = personName(contact) ?? t('person.unnamed')
  const local = contact.timeZone ? localClock(contact.timeZone, now, i18n.language) : null
  const facts = [
    local && t('person.local', { time: local }),
    contact.language && languageName(contact.language, i18n.language),
  ].filter(Boolean)
  return (
    <header className="px-4 pt-4 pb-3.5">
      <div className="flex items-center gap-3">
        <Avatar name={name} size={48} />
        <div className="min-w-0 flex-1">
          <h2 className="flex items-center gap-1.5 text-lg leading-tight font-semibold">
            <span className="truncate" title={name}>
              {name}
            </span>
            {contact.vipLevel > 0 && (
              <span className="inline-flex shrink-0 items-center gap-0.5 rounded-full bg-warn-soft px-1.5 py-0.5 text-xs font-semibold text-warn">
                <Star size={11} aria-hidden />
                {t('person.vip', { level: contact.vipLevel })}
              </span>
            )}
          </h2>
          {facts.length > 0 && (
            <p className="figures mt-0.5 truncate text-xs text-muted" title={contact.timeZone ?? ''}>
              {facts.join(' · ')}
            </p>
          )}
        </div>
      </div>
      <div className="mt-3 flex gap-1.5">
        {hasInbox && (
          <Button icon={SquarePen} className="max-w-40 flex-1" onClick={() => startConversation(contact.id)}>
            {t('person.write')}
          </Button>
        )}
        <Button icon={Pencil} className="max-w-40 flex-1" onClick={() => setDialog('edit')}>
          {t('common.edit')}
        </Button>
        {hasInbox && (
          <Menu>
            <MenuTrigger asChild>
              <IconButton icon={Ellipsis} label={t('thread.more')} className="border" />
            </MenuTrigger>
            <MenuContent align="end">
              <MenuItem icon={<GitMerge size={16} aria-hidden />} onSelect={() => setDialog('join')}>
                {t('join.open')}
              </MenuItem>
            </MenuContent>
          </Menu>
        )}
      </div>
      {dialog === 'edit' && <EditPerson contact={contact} onClose={() => setDialog(null)} />}
      {dialog === 'join' && <JoinDialog contact={contact} onClose={() => setDialog(null)} />}
    </header>
  )
}
