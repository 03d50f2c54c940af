import { lazy, Suspense, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useConversation } from '../api/conversations.ts'
import { Composer } from '../composer/composer.tsx'
import { PersonBones } from '../person/person-bones.tsx'
import { cx } from '../ui/class-names.ts'
import { Failed } from '../ui/states.tsx'
import { ThreadBones } from './thread-bones.tsx'
import { ThreadHead } from './thread-head.tsx'
import { Timeline } from './timeline.tsx'
import { useMarkRead } from './use-mark-read.ts'

const PersonPane = lazy(() => import('../person/person-pane.tsx').then(({ PersonPane }) => ({ default: PersonPane })))

const STORED = 'onethread.person-pane'

/** Wide screens show the person beside the thread; narrow ones over it, when asked. */
function usePersonPane(): [boolean, (open: boolean) => void] {
  const wide = window.matchMedia('(min-width: 1240px)')
  const [open, setOpen] = useState(() => wide.matches && localStorage.getItem(STORED) !== 'closed')
  const change = (next: boolean) => {
    if (wide.matches) localStorage.setItem(STORED, next ? 'open' : 'closed')
    setOpen(next)
  }
  useEffect(() => {
    if (!open) return
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !wide.matches && !document.querySelector('[role="dialog"]')) setOpen(false)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [open, wide])
  return [open, change]
}

export function ThreadPage({ id }: { id: string }) {
  const { t } = useTranslation()
  const conversation = useConversation(id)
  const [personOpen, setPersonOpen] = usePersonPane()
  useMarkRead(conversation.data)
  if (conversation.isPending) return <ThreadBones />
  if (!conversation.data) return <Failed error={conversation.error} onRetry={() => void conversation.refetch()} />
  const item = conversation.data
  return (
    <div className="relative flex h-full">
      <section aria-label={t('thread.label')} className="flex h-full min-w-0 flex-1 flex-col">
        <ThreadHead item={item} personOpen={personOpen} onTogglePerson={() => setPersonOpen(!personOpen)} />
        <Timeline item={item} />
        <Composer item={item} />
      </section>
      {personOpen && (
        <aside
          aria-label={t('person.label')}
          className={cx(
            'thin-scroll h-full w-75 shrink-0 overflow-y-auto border-l bg-surface',
            'max-xl:absolute max-xl:inset-y-0 max-xl:right-0 max-xl:z-20 max-xl:shadow-float max-md:w-full max-md:border-l-0',
          )}
        >
          <Suspense fallback={<PersonBones />}>
            <PersonPane contactId={item.contact.id} conversationId={item.id} onClose={() => setPersonOpen(false)} />
          </Suspense>
        </aside>
      )}
    </div>
  )
}
