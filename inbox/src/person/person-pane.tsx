import { X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useContact } from '../api/contacts.ts'
import { IconButton } from '../ui/button.tsx'
import { Failed } from '../ui/states.tsx'
import { PersonBones } from './person-bones.tsx'
import { PersonDetails } from './person-details.tsx'

interface PaneProps {
  contactId: string
  conversationId: string
  onClose(): void
}

/** The person beside the thread. */
export function PersonPane({ contactId, conversationId, onClose }: PaneProps) {
  const { t } = useTranslation()
  const contact = useContact(contactId)
  return (
    <div className="relative">
      <IconButton
        icon={X}
        label={t('person.hide')}
        onClick={onClose}
        className="absolute top-3 right-2 z-10 xl:hidden"
      />
      {contact.data ? (
        <PersonDetails key={contactId} contact={contact.data} conversationId={conversationId} />
      ) : contact.isPending ? (
        <PersonBones />
      ) : (
        <Failed error={contact.error} onRetry={() => void contact.refetch()} />
      )}
    </div>
  )
}
