import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useContactConversations } from '../api/contacts.ts'
import { useDirectory } from '../api/directory.ts'
import { brief, exact } from '../format/time.ts'
import { useNow } from '../format/use-now.ts'
import { Glyph } from '../ui/glyph.tsx'
import { Bone } from '../ui/states.tsx'

export function EarlierConversations({ contactId, currentId }: { contactId: string; currentId: string | null }) {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const { accounts } = useDirectory()
  const conversations = useContactConversations(contactId)
  if (conversations.isPending) return <Bone className="h-10" />
  const others = (conversations.data ?? []).filter((item) => item.id !== currentId)
  if (others.length === 0) return <p className="text-sm text-muted">{t('person.noEarlier')}</p>
  return (
    <ul className="-mx-2 flex flex-col">
      {others.map((item) => {
        const account = accounts.get(item.accountId)
        return (
          <li key={item.id}>
            <Link
              to="/inbox/$view/$conversationId"
              params={{
                view: item.status === 'resolved' || item.status === 'snoozed' ? item.status : 'all',
                conversationId: item.id,
              }}
              search={{}}
              className="flex gap-2 rounded-control px-2 py-1.5 text-sm hover:bg-hover"
            >
              <span className="mt-0.5 text-muted">{account && <Glyph name={account.glyph} size={16} />}</span>
              <span className="min-w-0 flex-1">
                <span className="block truncate">{item.subject ?? (item.preview || t('list.noText'))}</span>
                <span className="block truncate text-xs text-faint">
                  {[t(`status.${item.status}`), account?.name].filter(Boolean).join(' · ')}
                </span>
              </span>
              <span title={exact(item.lastMessageAt, i18n.language)} className="figures shrink-0 text-xs text-faint">
                {brief(item.lastMessageAt, now, i18n.language)}
              </span>
            </Link>
          </li>
        )
      })}
    </ul>
  )
}
