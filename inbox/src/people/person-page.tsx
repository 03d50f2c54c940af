import { useNavigate, useParams } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useContact } from '../api/contacts.ts'
import { PersonBones } from '../person/person-bones.tsx'
import { PersonDetails } from '../person/person-details.tsx'
import { Button } from '../ui/button.tsx'
import { Failed } from '../ui/states.tsx'

export function PersonPage() {
  const { t } = useTranslation()
  const { contactId } = useParams({ from: '/people/$contactId' })
  const contact = useContact(contactId)
  const navigate = useNavigate()
  return (
    <div className="thin-scroll h-full overflow-y-auto">
      <Button
        variant="ghost"
        icon={ArrowLeft}
        className="m-1 md:hidden"
        onClick={() => void navigate({ to: '/people', search: (old) => old as never })}
      >
        {t('common.back')}
      </Button>
      <div className="mx-auto max-w-160 md:pt-4">
        {contact.data ? (
          <PersonDetails key={contactId} contact={contact.data} conversationId={null} />
        ) : contact.isPending ? (
          <PersonBones />
        ) : (
          <Failed error={contact.error} onRetry={() => void contact.refetch()} />
        )}
      </div>
    </div>
  )
}
