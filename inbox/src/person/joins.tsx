import { useTranslation } from 'react-i18next'
import type { ContactView } from '../../../src/views.ts'
import { useUndoJoin } from '../api/contacts.ts'
import { useDirectory } from '../api/directory.ts'
import { useMe } from '../api/session.ts'
import { brief, exact } from '../format/time.ts'
import { useNow } from '../format/use-now.ts'
import { Button } from '../ui/button.tsx'
import { useToasts } from '../ui/toasts.tsx'
import { Section } from './person-details.tsx'

/** People who were joined into this one, and can be parted again. */
export function Joins({ contact }: { contact: ContactView }) {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const { agents } = useDirectory()
  const toasts = useToasts()
  const undo = useUndoJoin(contact.id)
  const mayUndo = useMe().role !== 'marketer'
  if (contact.joins.length === 0) return null
  return (
    <Section title={t('join.list')}>
      <ul className="flex flex-col gap-2">
        {contact.joins.map((join) => (
          <li key={join.id} className="flex items-center gap-2 text-sm">
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium">{join.loserName ?? t('person.unnamed')}</span>
              <span title={exact(join.at, i18n.language)} className="block truncate text-xs text-faint">
                {[join.agentId && agents.get(join.agentId)?.name, brief(join.at, now, i18n.language)]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </span>
            {mayUndo && (
              <Button
                busy={undo.isPending && undo.variables === join.id}
                onClick={() =>
                  undo.mutate(join.id, {
                    onSuccess: () => toasts.say(t('join.undone', { name: join.loserName ?? t('person.unnamed') })),
                    onError: (error) => toasts.fail(t('join.notUndone'), error),
                  })
                }
              >
                {t('join.part')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}
