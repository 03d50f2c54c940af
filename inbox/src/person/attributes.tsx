import { Plus, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ContactView } from '../../../src/views.ts'
import { useChangeContact } from '../api/contacts.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Input } from '../ui/field.tsx'
import { useToasts } from '../ui/toasts.tsx'

const shownValue = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

export function Attributes({ contact }: { contact: ContactView }) {
  const { t } = useTranslation()
  const toasts = useToasts()
  const save = useChangeContact(contact.id)
  const [adding, setAdding] = useState(false)
  const entries = Object.entries(contact.attributes)
  const store = (attributes: Record<string, unknown>) =>
    save.mutate({ attributes }, { onError: (error) => toasts.fail(t('person.notSaved'), error) })
  const drop = (key: string) => store(Object.fromEntries(entries.filter(([name]) => name !== key)))
  return (
    <>
      {entries.length > 0 && (
        <dl className="flex flex-col gap-1">
          {entries.map(([key, value]) => (
            <div key={key} className="group flex min-h-7 items-center gap-2 text-sm">
              <dt className="w-24 shrink-0 truncate text-muted" title={key}>
                {key}
              </dt>
              <dd className="flex min-w-0 flex-1 items-center">
                <span className="min-w-0 flex-1 break-words">{shownValue(value)}</span>
                <IconButton
                  icon={X}
                  label={t('person.dropAttribute', { key })}
                  onClick={() => drop(key)}
                  className="-my-1 opacity-0 group-hover:opacity-100 focus-visible:opacity-100 max-md:opacity-100"
                />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {adding ? (
        <AddAttribute
          onCancel={() => setAdding(false)}
          onAdd={(key, value) => {
            setAdding(false)
            store({ ...contact.attributes, [key]: value })
          }}
        />
      ) : (
        <button
          type="button"
          onClick={() => setAdding(true)}
          className="control -ml-1 inline-flex items-center gap-1.5 rounded-control px-1 text-sm font-medium text-accent-ink hover:bg-hover"
        >
          <Plus size={16} aria-hidden />
          {t('person.addAttribute')}
        </button>
      )}
    </>
  )
}

function AddAttribute({ onAdd, onCancel }: { onAdd(key: string, value: string): void; onCancel(): void }) {
  const { t } = useTranslation()
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (key.trim()) onAdd(key.trim(), value.trim())
  }
  return (
    <form onSubmit={submit} className="mt-1 flex flex-col gap-1.5">
      <div className="flex gap-1.5">
        <Input
          aria-label={t('person.attributeName')}
          placeholder={t('person.attributeName')}
          value={key}
          autoFocus
          onChange={(event) => setKey(event.target.value)}
        />
        <Input
          aria-label={t('person.attributeValue')}
          placeholder={t('person.attributeValue')}
          value={value}
          onChange={(event) => setValue(event.target.value)}
        />
      </div>
      <div className="flex gap-1.5">
        <Button type="submit" disabled={!key.trim()}>
          {t('common.add')}
        </Button>
        <Button variant="ghost" onClick={onCancel}>
          {t('common.cancel')}
        </Button>
      </div>
    </form>
  )
}
