import path from 'node:path'
import Database from 'better-sqlite3'
import type { DeliveryState } from '../../src/model.ts'
import type { Storm } from './storm.ts'

/** What is in the hub's database and at the remote parties after the storm, and what of it should not be so. */

interface StoredMessage {
  id: string
  seq: number
  conversation_id: string
  direction: 'in' | 'out'
  text: string
}

interface StoredDelivery {
  message_id: string
  text: string
  state: DeliveryState
  attempts: number
}

/** Reads beside the running hub; writes nothing. */
export const openDatabaseOf = (dataDir: string) => {
  const db = new Database(path.join(dataDir, 'hub.db'), { readonly: true })
  const count = (sql: string): number => (db.prepare(sql).get() as { n: number }).n
  return {
    messages: () =>
      db
        .prepare('select id, seq, conversation_id, direction, text from messages order by seq')
        .all() as StoredMessage[],
    deliveries: () =>
      db
        .prepare(
          'select d.message_id, m.text, d.state, d.attempts from deliveries d join messages m on m.id = d.message_id',
        )
        .all() as StoredDelivery[],
    unsettled: () => count("select count(*) as n from deliveries where state in ('planned', 'sending')"),
    inbound: () => count("select count(*) as n from messages where direction = 'in'"),
    contacts: () => count('select count(*) as n from contacts'),
    outbox: () => count('select count(*) as n from outbox'),
    deadLetters: () => db.prepare('select stage, error from dead_letters').all() as { stage: string; error: string }[],
    close: () => db.close(),
  }
}

export type Stored = ReturnType<typeof openDatabaseOf>

const PARTS = /(in|out) (\S+) number (\d+) end/

export const keyOf = (text: string): string | null => PARTS.exec(text)?.[0] ?? null
const numberOf = (text: string): number => Number(PARTS.exec(text)?.[3] ?? -1)
export const threadOf = (text: string): string => PARTS.exec(text)?.[2] ?? ''

const groupBy = <T>(items: T[], key: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group) group.push(item)
    else groups.set(key(item), [item])
  }
  return groups
}

const climbs = (numbers: number[]): boolean =>
  numbers.every((n, index) => index === 0 || n > (numbers[index - 1] ?? -1))

/** Each line is a broken promise. */
export const violations = (storm: Storm, stored: Stored): string[] => {
  const wrong: string[] = []
  const messages = stored.messages().map((message) => ({ ...message, text: keyOf(message.text) ?? message.text }))
  const byText = groupBy(messages, (message) => message.text)

  for (const text of storm.acknowledged) {
    const times = byText.get(text)?.length ?? 0
    if (times !== 1) wrong.push(`"${text}" was acknowledged to its sender and is stored ${times} times`)
  }
  for (const text of storm.refused.keys())
    if ((byText.get(text)?.length ?? 0) > 1) wrong.push(`"${text}" was refused and is stored more than once`)
  for (const [text, id] of storm.replies) {
    const rows = byText.get(text) ?? []
    if (rows.length !== 1 || rows[0]?.id !== id) wrong.push(`reply "${text}" has ${rows.length} messages`)
  }
  for (const direction of ['in', 'out'])
    for (const [thread, rows] of groupBy(
      messages.filter((message) => message.direction === direction),
      (message) => threadOf(message.text),
    )) {
      if (!climbs(rows.map((row) => numberOf(row.text)))) wrong.push(`${thread}: ${direction} is out of order`)
      if (new Set(rows.map((row) => row.conversation_id)).size > 1) wrong.push(`${thread} is in two conversations`)
    }

  const deliveries = stored.deliveries().map((row) => ({ ...row, text: keyOf(row.text) ?? row.text }))
  const accepted = groupBy(
    Object.values(storm.peers).flatMap((peer) => peer.accepted.map((one) => keyOf(one.text) ?? one.text)),
    (text) => text,
  )
  for (const [text, times] of accepted) if (times.length > 1) wrong.push(`"${text}" went out ${times.length} times`)
  for (const { text, state, attempts } of deliveries) {
    const went = accepted.get(text)?.length ?? 0
    if (state === 'planned' || state === 'sending') wrong.push(`"${text}" stays ${state} after ${attempts} attempts`)
    if (state === 'failed' || state === 'canceled') wrong.push(`"${text}" is ${state}`)
    if (['accepted', 'sent', 'delivered', 'read'].includes(state) && went !== 1)
      wrong.push(`"${text}" is shown as ${state} and went out ${went} times`)
  }
  for (const [thread, texts] of groupBy(
    Object.values(storm.peers).flatMap((peer) => peer.accepted.map((one) => keyOf(one.text) ?? one.text)),
    threadOf,
  ))
    if (!climbs(texts.map(numberOf))) wrong.push(`${thread}: answers went out in the order ${texts.map(numberOf)}`)

  if (stored.contacts() !== storm.threads.length)
    wrong.push(`${stored.contacts()} contacts for ${storm.threads.length} people`)
  if (stored.outbox() > 0) wrong.push(`${stored.outbox()} rows stay in the outbox`)
  for (const { stage, error } of stored.deadLetters()) wrong.push(`dead letter (${stage}): ${error}`)
  return wrong
}
