import type { TFunction } from 'i18next'
import type { AssignmentDecisionView, EventView } from '../../../src/views.ts'
import type { Directory } from '../api/directory.ts'
import { moment } from '../format/time.ts'

type Data = EventView['data']

const text = (data: Data, ...names: string[]): string | null => {
  for (const name of names) {
    const value = data[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return null
}

const list = (data: Data, name: string): string[] => {
  const value = data[name]
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}

/** The stored decision, when the event carries one. */
export function decisionOf(event: EventView): AssignmentDecisionView | null {
  const value = (event.data.decision ?? event.data) as Partial<AssignmentDecisionView> | null
  return value && Array.isArray(value.candidates) ? (value as AssignmentDecisionView) : null
}

export interface WordsContext {
  t: TFunction
  lang: string
  now: number
  meId: string
  directory: Directory
}

const STATUSES = ['open', 'pending', 'snoozed', 'resolved'] as const
const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const

const agentName = (id: string | null, { t, meId, directory }: WordsContext): string =>
  id === meId ? t('event.you') : ((id && directory.agents.get(id)?.name) ?? t('thread.somebody'))

function statusWords(event: EventView, context: WordsContext, actor: string | null): string {
  const { t } = context
  const status = STATUSES.find((name) => name === text(event.data, 'to', 'status')) ?? 'open'
  if (event.data.reason === 'customer_wrote') return t('event.customerWrote')
  if (event.data.reason === 'snooze_over') return t('event.snoozeOver')
  const until = event.data.snoozedUntil ?? event.data.until
  if (status === 'snoozed' && typeof until === 'number') {
    const time = moment(until, context.now, context.lang)
    return actor ? t('event.snoozedBy', { actor, time }) : t('event.snoozed', { time })
  }
  return actor ? t(`event.status.${status}By`, { actor }) : t(`event.status.${status}`)
}

function labelWords(event: EventView, context: WordsContext, actor: string | null): string {
  const { t, directory } = context
  const names = (ids: string[]) => ids.map((id) => directory.labels.get(id)?.name ?? '…').join(', ')
  const added = names(list(event.data, 'added'))
  const removed = names(list(event.data, 'removed'))
  const who = actor ?? t('event.hub')
  if (added && removed) return t('event.labelsBoth', { who, added, removed })
  if (removed) return t('event.labelsRemoved', { who, removed })
  return added ? t('event.labelsAdded', { who, added }) : t('event.labels', { who })
}

function assignedWords(event: EventView, context: WordsContext, actor: string | null): string {
  const { t } = context
  const chosen = text(event.data, 'assigneeId', 'to', 'chosen', 'agentId') ?? decisionOf(event)?.chosen ?? null
  const agent = agentName(chosen, context)
  if (actor && event.actorId === chosen) return t('event.took', { agent: actor })
  if (actor) return t('event.assignedBy', { actor, agent })
  return decisionOf(event)?.rule === 'least_busy'
    ? t('event.assignedLeastBusy', { agent })
    : t('event.assigned', { agent })
}

/** One line that says what happened. */
export function eventWords(event: EventView, context: WordsContext): string {
  const { t, directory } = context
  const actor =
    event.actorId === context.meId ? t('thread.you') : event.actorId ? agentName(event.actorId, context) : null
  switch (event.type) {
    case 'created':
      return t('event.created')
    case 'assigned':
      return assignedWords(event, context, actor)
    case 'unassigned':
      return actor ? t('event.unassignedBy', { actor }) : t('event.unassigned')
    case 'queued': {
      const team = directory.teams.get(text(event.data, 'teamId', 'team') ?? '')?.name
      return team ? t('event.queuedIn', { team }) : t('event.queued')
    }
    case 'status':
      return statusWords(event, context, actor)
    case 'priority': {
      const name = PRIORITIES.find((one) => one === text(event.data, 'to', 'priority')) ?? 'normal'
      return t('event.priority', { who: actor ?? t('event.hub'), priority: t(`priority.${name}`) })
    }
    case 'labels':
      return labelWords(event, context, actor)
    case 'joined':
      return t('event.joined', {
        who: actor ?? t('event.hub'),
        name: text(event.data, 'loserName', 'name') ?? t('person.unnamed'),
      })
    case 'parted':
      return t('event.parted', { who: actor ?? t('event.hub') })
    case 'consent':
      return consentWords(event, context)
    case 'channel_changed': {
      const account = directory.accounts.get(text(event.data, 'accountId', 'to') ?? '')?.name
      return account ? t('event.channelTo', { account }) : t('event.channel')
    }
  }
}

function consentWords(event: EventView, { t, directory }: WordsContext): string {
  const account =
    directory.accounts.get(text(event.data, 'accountId') ?? '')?.name ?? text(event.data, 'channel', 'address') ?? ''
  const change = text(event.data, 'change', 'state')
  if (change === 'revoked') return t('event.consentRevoked', { account })
  if (change === 'unreachable') return t('event.consentUnreachable', { account })
  return t('event.consentGranted', { account })
}
