import { ArrowRight } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ContactView } from '../../../src/views.ts'
import { wordsOf } from '../api/client.ts'
import { useContactConversations, useJoin, useUndoJoin } from '../api/contacts.ts'
import { useDirectory } from '../api/directory.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Glyph } from '../ui/glyph.tsx'
import { useToasts } from '../ui/toasts.tsx'
import { ContactSearch } from './contact-search.tsx'
import { takenName } from './join-name.ts'
import { personName } from './person-details.tsx'

/** Search for the other one, see what will happen, join; a toast takes it back. */
export function JoinDialog({ contact, onClose }: { contact: ContactView; onClose(): void }) {
  const { t } = useTranslation()
  const toasts = useToasts()
  const join = useJoin(contact.id)
  const undo = useUndoJoin(contact.id)
  const [other, setOther] = useState<ContactView | null>(null)
  const name = personName(contact) ?? t('person.unnamed')
  const run = (loser: ContactView) =>
    join.mutate(loser.id, {
      onSuccess: (made) => {
        const taken = takenName(contact, loser)
        const words =
          taken === null
            ? t('join.done', { loser: personName(loser) ?? t('person.unnamed'), winner: name })
            : t('join.doneNamed', { winner: name, name: taken })
        toasts.say(words, {
          label: t('common.undo'),
          run: () => void undo.mutateAsync(made.id).catch((error) => toasts.fail(t('join.notUndone'), error)),
        })
        onClose()
      },
    })
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('join.title', { name })}
      description={t('join.help')}
      footer={
        other && (
          <>
            <Button onClick={() => setOther(null)}>{t('common.back')}</Button>
            <Button variant="primary" busy={join.isPending} onClick={() => run(other)}>
              {t('join.action')}
            </Button>
          </>
        )
      }
    >
      {other ? (
        <Preview winner={contact} loser={other} error={join.isError ? wordsOf(join.error, t) : null} />
      ) : (
        <ContactSearch label={t('join.search')} exceptId={contact.id} onPick={setOther} />
      )}
    </Dialog>
  )
}

interface PreviewProps {
  winner: ContactView
  loser: ContactView
  error: string | null
}

function Preview({ winner, loser, error }: PreviewProps) {
  const { t } = useTranslation()
  const { accounts } = useDirectory()
  const conversations = useContactConversations(loser.id).data?.length
  const winnerName = personName(winner) ?? t('person.unnamed')
  const taken = takenName(winner, loser)
  const loserName = personName(loser) ?? t('person.unnamed')
  return (
    <div className="flex flex-col gap-4">
      <div className="flex items-center gap-3 rounded-panel bg-sunken p-3">
        <Person name={loserName} />
        <ArrowRight size={18} aria-hidden className="shrink-0 text-muted" />
        <Person name={winnerName} />
      </div>
      <ul className="flex list-disc flex-col gap-1.5 pl-5 text-sm marker:text-faint">
        <li>
          {t('join.identities', { count: loser.identities.length, winner: winnerName })}
          <ul className="mt-1.5 flex flex-col gap-1">
            {loser.identities.map((identity) => {
              const account = accounts.get(identity.accountId)
              return (
                <li key={identity.id} className="flex items-center gap-1.5 text-muted">
                  {account && <Glyph name={account.glyph} />}
                  <span className="truncate">{identity.address}</span>
                </li>
              )
            })}
          </ul>
        </li>
        <li>
          {conversations === undefined ? t('join.conversationsAll') : t('join.conversations', { count: conversations })}
        </li>
        <li>{taken === null ? t('join.name', { name: winnerName }) : t('join.nameTaken', { name: taken })}</li>
        <li>{t('join.undoable')}</li>
      </ul>
      {error && (
        <p role="alert" className="text-sm text-danger">
          {error}
        </p>
      )}
    </div>
  )
}

function Person({ name }: { name: string }) {
  return (
    <span className="flex min-w-0 flex-1 items-center gap-2">
      <Avatar name={name} />
      <span className="truncate text-sm font-medium">{name}</span>
    </span>
  )
}
