import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { RouteView } from '../../../src/views.ts'
import { wordsOf } from '../api/client.ts'
import { useContact, useContactRoutes } from '../api/contacts.ts'
import { type NewConversation, useStartConversation } from '../api/conversations.ts'
import { useDirectory } from '../api/directory.ts'
import { pickRoute, reasonWords, routeKey } from '../composer/route-words.ts'
import { useWritableAccounts } from '../person/add-identity.tsx'
import { ContactSearch } from '../person/contact-search.tsx'
import { personName } from '../person/person-details.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Button } from '../ui/button.tsx'
import { cx } from '../ui/class-names.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Input, Select, TextArea } from '../ui/field.tsx'
import { Bone } from '../ui/states.tsx'

interface StartProps {
  contactId: string | null
  onClose(): void
}

/** Writes first: to somebody known, over a way that is open now, or to an address typed by hand. */
export function StartConversation({ contactId, onClose }: StartProps) {
  const { t } = useTranslation()
  const [to, setTo] = useState<'contact' | 'address'>('contact')
  const [chosen, setChosen] = useState(contactId)
  return (
    <Dialog open onClose={onClose} title={t('start.title')}>
      {!contactId && (
        <div role="tablist" aria-label={t('start.to')} className="mb-4 flex gap-1 rounded-control bg-sunken p-1">
          {(['contact', 'address'] as const).map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              aria-selected={to === name}
              onClick={() => setTo(name)}
              className={cx(
                'control flex-1 rounded-control text-sm font-medium',
                to === name ? 'bg-raised shadow-sm' : 'text-muted',
              )}
            >
              {t(`start.${name}Tab`)}
            </button>
          ))}
        </div>
      )}
      {to === 'address' ? (
        <ToAddress onClose={onClose} />
      ) : chosen ? (
        <ToContact contactId={chosen} onBack={contactId ? null : () => setChosen(null)} onClose={onClose} />
      ) : (
        <ContactSearch label={t('start.search')} onPick={(contact) => setChosen(contact.id)} />
      )}
    </Dialog>
  )
}

interface TextProps {
  withSubject: boolean
  maxLength: number
  target: Omit<NewConversation, 'text' | 'subject'> | null
  problem: string | null
  onClose(): void
}

/** Subject, text and the button; opens the conversation that came of it. */
function FirstMessage({ withSubject, maxLength, target, problem, onClose }: TextProps) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const start = useStartConversation()
  const [subject, setSubject] = useState('')
  const [text, setText] = useState('')
  const submit = () => {
    if (!target) return
    start.mutate(
      { ...target, text: text.trim(), ...(withSubject && subject.trim() ? { subject: subject.trim() } : {}) },
      {
        onSuccess: ({ conversation }) => {
          onClose()
          void navigate({
            to: '/inbox/$view/$conversationId',
            params: { view: 'all', conversationId: conversation.id },
            search: {},
          })
        },
      },
    )
  }
  const over = text.length - maxLength
  return (
    <>
      {withSubject && (
        <Field label={t('composer.subject')}>
          {(field) => <Input {...field} value={subject} onChange={(event) => setSubject(event.target.value)} />}
        </Field>
      )}
      <Field label={t('start.text')} error={over > 0 ? t('composer.over', { count: over }) : null}>
        {(field) => <TextArea {...field} rows={5} value={text} onChange={(event) => setText(event.target.value)} />}
      </Field>
      {(problem || start.isError) && (
        <p role="alert" className="text-sm text-danger">
          {problem ?? wordsOf(start.error, t)}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t('common.cancel')}</Button>
        <Button
          variant="primary"
          busy={start.isPending}
          disabled={!target || problem !== null || !text.trim() || over > 0}
          onClick={submit}
        >
          {t('composer.send')}
        </Button>
      </div>
    </>
  )
}

function ToContact({
  contactId,
  onBack,
  onClose,
}: {
  contactId: string
  onBack: (() => void) | null
  onClose(): void
}) {
  const { t } = useTranslation()
  const contact = useContact(contactId).data
  const routes = useContactRoutes(contactId)
  const [chosen, setChosen] = useState<string | null>(null)
  if (!contact || !routes.data)
    return routes.isError ? (
      <p role="alert" className="text-sm text-danger">
        {wordsOf(routes.error, t)}
      </p>
    ) : (
      <Bone className="h-32" />
    )
  const name = personName(contact) ?? t('person.unnamed')
  const route = pickRoute(routes.data, chosen)
  return (
    <div className="flex flex-col gap-4">
      <div className="flex items-center gap-2.5">
        <Avatar name={name} />
        <span className="min-w-0 flex-1 truncate font-medium">{name}</span>
        {onBack && (
          <Button variant="ghost" onClick={onBack}>
            {t('start.other')}
          </Button>
        )}
      </div>
      {route ? (
        <Field label={t('start.way')}>
          {(field) => (
            <Select {...field} value={routeKey(route)} onChange={(event) => setChosen(event.target.value)}>
              {(routes.data ?? []).map((one: RouteView) => (
                <option key={routeKey(one)} value={routeKey(one)} disabled={!one.possible}>
                  {`${one.accountName} · ${one.displayName ?? one.address}${one.possible ? '' : ` (${reasonWords(one, t)})`}`}
                </option>
              ))}
            </Select>
          )}
        </Field>
      ) : (
        <p className="text-sm text-muted">{t('person.noWay')}</p>
      )}
      <FirstMessage
        withSubject={route?.capabilities.subject ?? false}
        maxLength={route?.capabilities.text.maxLength ?? 0}
        target={route && { contactId, identityId: route.identityId, accountId: route.accountId }}
        problem={route ? reasonWords(route, t) : null}
        onClose={onClose}
      />
    </div>
  )
}

function ToAddress({ onClose }: { onClose(): void }) {
  const { t } = useTranslation()
  const { channels } = useDirectory()
  const accounts = useWritableAccounts()
  const [accountId, setAccountId] = useState(accounts[0]?.id ?? '')
  const [address, setAddress] = useState('')
  const account = accounts.find((one) => one.id === accountId)
  const capabilities = account && channels.get(account.channel)?.capabilities
  if (accounts.length === 0) return <p className="text-sm text-muted">{t('start.noAccounts')}</p>
  return (
    <div className="flex flex-col gap-4">
      <Field label={t('start.account')}>
        {(field) => (
          <Select {...field} value={accountId} onChange={(event) => setAccountId(event.target.value)}>
            {accounts.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t('start.address')} help={t('start.addressHelp')}>
        {(field) => <Input {...field} value={address} autoFocus onChange={(event) => setAddress(event.target.value)} />}
      </Field>
      <FirstMessage
        withSubject={capabilities?.subject ?? false}
        maxLength={capabilities?.text.maxLength ?? 0}
        target={account && address.trim() ? { accountId: account.id, address: address.trim() } : null}
        problem={null}
        onClose={onClose}
      />
    </div>
  )
}
