import { BadgeCheck, Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ContactView } from '../../../src/views.ts'
import { useDirectory } from '../api/directory.ts'
import { useMe } from '../api/session.ts'
import { brief, exact } from '../format/time.ts'
import { useNow } from '../format/use-now.ts'
import { Glyph } from '../ui/glyph.tsx'
import { AddIdentity } from './add-identity.tsx'

export function Identities({ contact }: { contact: ContactView }) {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const { accounts } = useDirectory()
  const mayAdd = useMe().role !== 'marketer'
  const [adding, setAdding] = useState(false)
  return (
    <>
      <ul className="flex flex-col gap-2.5">
        {contact.identities.map((identity) => {
          const account = accounts.get(identity.accountId)
          return (
            <li key={identity.id} className="flex gap-2 text-sm">
              <span className="mt-0.5 text-muted">{account && <Glyph name={account.glyph} size={16} />}</span>
              <span className="min-w-0 flex-1">
                <span className="flex items-center gap-1">
                  <span className="truncate font-medium" title={identity.address}>
                    {identity.address}
                  </span>
                  {identity.verified && (
                    <BadgeCheck size={14} className="shrink-0 text-ok" aria-label={t('person.verified')}>
                      <title>{t('person.verified')}</title>
                    </BadgeCheck>
                  )}
                </span>
                <span className="block truncate text-xs text-faint">
                  {[identity.displayName, account?.name].filter(Boolean).join(' · ')}
                </span>
              </span>
              {identity.lastSeenAt !== null && (
                <span
                  title={exact(identity.lastSeenAt, i18n.language)}
                  className="figures mt-px shrink-0 text-xs text-faint"
                >
                  {brief(identity.lastSeenAt, now, i18n.language)}
                </span>
              )}
            </li>
          )
        })}
        {contact.identities.length === 0 && <li className="text-sm text-muted">{t('person.noIdentities')}</li>}
      </ul>
      {mayAdd && (
        <button
          type="button"
          onClick={() => setAdding(true)}
          className="control -ml-1 mt-1.5 inline-flex items-center gap-1.5 rounded-control px-1 text-sm font-medium text-accent-ink hover:bg-hover"
        >
          <Plus size={16} aria-hidden />
          {t('person.addIdentity')}
        </button>
      )}
      {adding && <AddIdentity contactId={contact.id} onClose={() => setAdding(false)} />}
    </>
  )
}
