import { Ban } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { ContactView } from '../../../src/views.ts'
import { useDirectory } from '../api/directory.ts'
import { exact } from '../format/time.ts'
import { Section } from './person-details.tsx'

const KNOWN = ['revoked', 'unreachable'] as const

export function Suppressions({ contact }: { contact: ContactView }) {
  const { t, i18n } = useTranslation()
  const { accounts } = useDirectory()
  if (contact.suppressions.length === 0) return null
  return (
    <Section title={t('person.suppressions')}>
      <ul className="flex flex-col gap-2">
        {contact.suppressions.map((entry) => {
          const known = KNOWN.find((name) => name === entry.reason)
          return (
            <li
              key={`${entry.space}:${entry.address}:${entry.accountId}`}
              className="flex gap-2 rounded-control bg-danger-soft px-2.5 py-2 text-sm"
            >
              <Ban size={16} aria-hidden className="mt-0.5 shrink-0 text-danger" />
              <span className="min-w-0">
                <span className="block truncate font-medium">{entry.address}</span>
                <span className="block text-xs text-muted">
                  {known ? t(`suppression.${known}`) : t('suppression.other')}
                  {accounts.get(entry.accountId) && ` · ${accounts.get(entry.accountId)?.name}`}
                </span>
                {entry.evidence && (
                  <span className="block truncate text-xs text-muted" title={entry.evidence}>
                    “{entry.evidence}”
                  </span>
                )}
                <span className="figures block text-xs text-muted">{exact(entry.at, i18n.language)}</span>
              </span>
            </li>
          )
        })}
      </ul>
    </Section>
  )
}
