import { Search } from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ContactView } from '../../../src/views.ts'
import { useContactList } from '../api/contacts.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Input } from '../ui/field.tsx'
import { Bone } from '../ui/states.tsx'
import { personName } from './person-details.tsx'

interface SearchProps {
  label: string
  /** Not offered: the one who searches for another. */
  exceptId?: string
  onPick(contact: ContactView): void
}

export function ContactSearch({ label, exceptId, onPick }: SearchProps) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState('')
  const q = useDeferredValue(typed.trim())
  const contacts = useContactList(q)
  const found = (contacts.data?.pages.flatMap((page) => page.items) ?? [])
    .filter((one) => one.id !== exceptId)
    .slice(0, 20)
  return (
    <div className="flex flex-col gap-2">
      <div className="relative">
        <Search
          size={15}
          aria-hidden
          className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-faint"
        />
        <Input
          type="search"
          aria-label={label}
          placeholder={label}
          autoFocus
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          className="pl-8"
        />
      </div>
      <ul className="thin-scroll -mx-2 max-h-72 min-h-24 overflow-y-auto">
        {contacts.isPending && [0, 1, 2].map((index) => <Bone key={index} className="mx-2 my-2 h-10" />)}
        {found.map((contact) => (
          <li key={contact.id}>
            <button
              type="button"
              onClick={() => onPick(contact)}
              className="flex w-full items-center gap-2.5 rounded-control px-2 py-1.5 text-left hover:bg-hover"
            >
              <Avatar name={personName(contact) ?? '?'} />
              <span className="min-w-0">
                <span className="block truncate text-sm font-medium">{personName(contact) ?? t('person.unnamed')}</span>
                <span className="block truncate text-xs text-muted">
                  {contact.identities.map((identity) => identity.address).join(' · ')}
                </span>
              </span>
            </button>
          </li>
        ))}
        {!contacts.isPending && found.length === 0 && (
          <li className="px-2 py-6 text-center text-sm text-muted">{t('people.noMatch')}</li>
        )}
      </ul>
    </div>
  )
}
