import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { ContactView } from '../../../src/views.ts'
import { useMe } from '../api/session.ts'
import { Attributes } from './attributes.tsx'
import { EarlierConversations } from './earlier-conversations.tsx'
import { Identities } from './identities.tsx'
import { Joins } from './joins.tsx'
import { PersonHead } from './person-head.tsx'
import { Reach } from './reach.tsx'
import { shownAddress } from './shown-address.ts'
import { Suppressions } from './suppressions.tsx'

export const personName = (contact: ContactView): string | null => contact.name ?? nameOfIdentity(contact.identities[0])

const nameOfIdentity = (identity: ContactView['identities'][number] | undefined): string | null =>
  identity ? (identity.displayName ?? shownAddress(identity.address)) : null

/** Everything about one person, in the order an agent asks for it. */
export function PersonDetails({ contact, conversationId }: { contact: ContactView; conversationId: string | null }) {
  const { t } = useTranslation()
  const hasInbox = useMe().role !== 'marketer'
  return (
    <div className="flex flex-col pb-6">
      <PersonHead contact={contact} />
      <Section title={t('person.reach')}>
        <Reach contactId={contact.id} conversationId={conversationId} />
      </Section>
      <Section title={t('person.identities')}>
        <Identities contact={contact} />
      </Section>
      <Suppressions contact={contact} />
      <Section title={t('person.attributes')}>
        <Attributes contact={contact} />
      </Section>
      {hasInbox && (
        <Section title={t('person.earlier')}>
          <EarlierConversations contactId={contact.id} currentId={conversationId} />
        </Section>
      )}
      <Joins contact={contact} />
    </div>
  )
}

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-t px-4 py-3.5">
      <h3 className="mb-2 text-xs font-semibold text-muted">{title}</h3>
      {children}
    </section>
  )
}
