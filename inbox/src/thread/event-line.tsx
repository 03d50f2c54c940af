import { Info } from 'lucide-react'
import { Popover } from 'radix-ui'
import { useTranslation } from 'react-i18next'
import type { AssignmentDecisionView, EventView } from '../../../src/views.ts'
import { useDirectory } from '../api/directory.ts'
import { useMe } from '../api/session.ts'
import { clock, exact, span } from '../format/time.ts'
import { useNow } from '../format/use-now.ts'
import { Avatar } from '../ui/avatar.tsx'
import { cx } from '../ui/class-names.ts'
import { FLOAT } from '../ui/menu.tsx'
import { decisionOf, eventWords } from './event-words.ts'

/** One line of a conversation's history; a decision tells why on request. */
export function EventLine({ event }: { event: EventView }) {
  const { t, i18n } = useTranslation()
  const directory = useDirectory()
  const me = useMe()
  const now = useNow()
  const decision = decisionOf(event)
  const lang = i18n.language
  const evidence = event.type === 'consent' && typeof event.data.evidence === 'string' ? event.data.evidence : null
  return (
    <div className="my-2 flex items-center justify-center gap-1.5 px-6 text-center text-xs text-muted">
      <span>
        {eventWords(event, { t, lang, now, meId: me.id, directory })}
        {evidence && <span className="text-faint"> “{evidence}”</span>}
        <time title={exact(event.at, lang)} className="figures text-faint">
          {' · '}
          {clock(event.at, lang)}
        </time>
      </span>
      {decision && decision.candidates.length > 0 && <Why decision={decision} at={event.at} />}
    </div>
  )
}

function Why({ decision, at }: { decision: AssignmentDecisionView; at: number }) {
  const { t } = useTranslation()
  return (
    <Popover.Root>
      <Popover.Trigger
        aria-label={t('why.title')}
        title={t('why.title')}
        className="inline-flex size-6 shrink-0 items-center justify-center rounded-control text-muted hover:bg-hover hover:text-text max-md:size-11"
      >
        <Info size={14} aria-hidden />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content sideOffset={4} collisionPadding={8} className={cx(FLOAT, 'w-80')} aria-label={t('why.title')}>
          <div className="border-b px-4 py-3">
            <p className="font-semibold">{t(decision.chosen ? 'why.title' : 'why.nobody')}</p>
            <p className="mt-0.5 text-xs text-muted">{t(`why.rule.${decision.rule}`)}</p>
          </div>
          <ul className="thin-scroll max-h-72 overflow-y-auto p-1.5">
            {decision.candidates.map((candidate) => (
              <Candidate key={candidate.agentId} candidate={candidate} at={at} />
            ))}
          </ul>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

function Candidate({ candidate, at }: { candidate: AssignmentDecisionView['candidates'][number]; at: number }) {
  const { t, i18n } = useTranslation()
  const idle =
    candidate.idleSince === null
      ? null
      : t('why.idle', { span: span(Math.max(0, at - candidate.idleSince), i18n.language) })
  return (
    <li className={cx('flex items-center gap-2.5 rounded-control px-2.5 py-2', !candidate.rejected && 'bg-ok-soft')}>
      <Avatar name={candidate.agentName} size={24} square />
      <span className="min-w-0 flex-1">
        <span className="block truncate text-sm font-medium">{candidate.agentName}</span>
        <span className={cx('block text-xs', candidate.rejected ? 'text-muted' : 'text-ok')}>
          {candidate.rejected ? t(`why.rejected.${candidate.rejected}`) : t('why.chosen')}
        </span>
      </span>
      <span className="figures shrink-0 text-right text-xs text-muted">
        {t('why.load', { load: candidate.load, capacity: candidate.capacity })}
        {idle && <span className="block text-faint">{idle}</span>}
      </span>
    </li>
  )
}
