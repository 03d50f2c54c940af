import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { maySee } from '../../../conversations/rights.ts'
import type { Viewer } from '../../../conversations/viewer.ts'
import {
  type ConversationFilter,
  countConversations,
  listConversations,
} from '../../../conversations/views/conversations.ts'
import { readMessages } from '../../../conversations/views/messages.ts'
import { decodeCursor } from '../../../conversations/views/page.ts'
import { newId } from '../../../src/ids.ts'
import { type AgentId, type ConversationId, type ConversationStatus, ROLES, type TeamId } from '../../../src/model.ts'
import { DIALECTS, openTestDatabase, type TestDatabase } from '../../support/databases.ts'
import { emptyHub, insertConversation, insertMessage, insertPeople } from '../../support/rows.ts'

describe.each(DIALECTS)('reading conversations on %s', (dialect) => {
  let database: TestDatabase
  const admin: Viewer = { agentId: 'ann' as AgentId, role: 'administrator', teamIds: [] }

  beforeAll(async () => {
    database = await openTestDatabase(dialect)
  })
  afterAll(() => database.close())
  beforeEach(async () => {
    await emptyHub(database.db)
    await insertPeople(database.db, { teams: ['north', 'south'], agents: ['ann', 'bob'] })
  })

  const list = (filter: Partial<ConversationFilter> = {}, viewer = admin) =>
    listConversations(database.db.kysely, viewer, { limit: 50, ...filter })
  const idsOf = async (filter: Partial<ConversationFilter>, viewer = admin) =>
    (await list(filter, viewer)).items.map(({ id }) => id)
  const insert = (id: string, facts: Parameters<typeof insertConversation>[2] = {}) =>
    insertConversation(database.db, id, facts)

  /** Every page, one after the other. */
  const walk = async (filter: Partial<ConversationFilter>): Promise<string[][]> => {
    const pages: string[][] = []
    let cursor: string | undefined
    do {
      const page = await list({ ...filter, cursor })
      pages.push(page.items.map(({ id }) => id))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    return pages
  }

  test('newest message first, over all statuses, page by page without loss or repeat', async () => {
    const statuses: ConversationStatus[] = ['open', 'resolved', 'snoozed', 'pending']
    for (let i = 0; i < 11; i++)
      // Pairs of the same time: the id decides, and the page may end between them.
      await insert(`c${String(i).padStart(2, '0')}`, {
        status: statuses[i % 4],
        lastMessageAt: 1000 + Math.floor(i / 2),
      })
    const pages = await walk({ limit: 3 })
    expect(pages.map((page) => page.length)).toEqual([3, 3, 3, 2])
    expect(pages.flat()).toEqual([...Array(11).keys()].reverse().map((i) => `c${String(i).padStart(2, '0')}`))
  })

  test('who waits longest comes first, then those who wait for nothing, newest first', async () => {
    await insert('answered-old', { lastMessageAt: 10 })
    await insert('answered-new', { lastMessageAt: 90 })
    await insert('waits-short', { waitingSince: 80, lastMessageAt: 80 })
    await insert('waits-long', { waitingSince: 20, lastMessageAt: 95, status: 'pending' })
    const expected = ['waits-long', 'waits-short', 'answered-new', 'answered-old']
    expect(await idsOf({ sort: 'waiting', status: 'active' })).toEqual(expected)
    expect((await walk({ sort: 'waiting', limit: 1 })).flat()).toEqual(expected)
  })

  test('views, statuses and filters', async () => {
    await insert('mine', { assigneeId: 'ann', teamId: 'north' })
    await insert('bobs', { assigneeId: 'bob', status: 'pending', teamId: 'south' })
    await insert('free', { teamId: 'north' })
    await insert('later', { assigneeId: 'ann', status: 'snoozed' })
    await insert('done', { assigneeId: 'ann', status: 'resolved' })
    const sorted = async (filter: Partial<ConversationFilter>) => (await idsOf(filter)).sort()
    expect(await sorted({ view: 'mine', status: 'active' })).toEqual(['mine'])
    expect(await sorted({ view: 'unassigned', status: 'active' })).toEqual(['free'])
    expect(await sorted({ status: 'active' })).toEqual(['bobs', 'free', 'mine'])
    expect(await sorted({ view: 'mine' })).toEqual(['done', 'later', 'mine'])
    expect(await sorted({ assignee: 'bob' })).toEqual(['bobs'])
    expect(await sorted({ team: 'north' })).toEqual(['free', 'mine'])
    expect(await sorted({ status: 'snoozed' })).toEqual(['later'])
    expect(await sorted({ contact: 'contact-of-done' })).toEqual(['done'])
    expect(await countConversations(database.db.kysely, admin)).toEqual({
      mine: 1,
      unassigned: 1,
      all: 3,
      snoozed: 1,
      resolved: 1,
    })
  })

  test('queries and the pure rule agree on who sees what', async () => {
    const facts = [null, 'north', 'south'].flatMap((teamId) =>
      [null, 'ann', 'bob'].map((assigneeId) => ({ teamId, assigneeId })),
    )
    for (const [index, fact] of facts.entries()) await insert(`c${index}`, fact)
    for (const role of ROLES)
      for (const teamIds of [[], ['north'], ['north', 'south']] as TeamId[][]) {
        const viewer: Viewer = { agentId: 'ann' as AgentId, role, teamIds }
        const expected = facts.flatMap((fact, index) => (maySee(viewer, fact) ? [`c${index}`] : []))
        expect((await idsOf({}, viewer)).sort()).toEqual(expected)
        expect((await countConversations(database.db.kysely, viewer)).all).toBe(expected.length)
      }
  })

  test('search finds names, addresses and words of messages, as they are written', async () => {
    await insert('by-name', { contactName: '王小明 Müller' })
    await insert('by-address', { address: '+4915112345678' })
    await insert('by-text', {})
    await insertMessage(database.db, 'by-text', { text: 'Is 100% cotton_wool in stock? 发票什么时候寄' })
    expect(await idsOf({ q: '小明' })).toEqual(['by-name'])
    expect(await idsOf({ q: '15112345' })).toEqual(['by-address'])
    expect(await idsOf({ q: '100% COTTON_w' })).toEqual(['by-text'])
    expect(await idsOf({ q: '发票' })).toEqual(['by-text'])
    expect(await idsOf({ q: '0%wool' })).toEqual([])
    expect(await idsOf({ q: "'; drop table agents; --" })).toEqual([])
    const stranger: Viewer = { agentId: 'bob' as AgentId, role: 'marketer', teamIds: [] }
    expect(await idsOf({ q: '发票' }, stranger)).toEqual([])
  })

  test('messages come in pages with what happened between them, each event once', async () => {
    const conversation = await insert('talk')
    for (let i = 1; i <= 7; i++) {
      await insertMessage(database.db, 'talk', { text: String(i), at: i * 100 })
      await database.db.kysely
        .insertInto('events')
        .values({
          id: newId(),
          conversation_id: conversation,
          contact_id: null,
          type: 'status',
          actor_id: null,
          data: JSON.stringify({ i }),
          at: i * 100 + 50,
        })
        .execute()
    }
    const texts: string[] = []
    const events: unknown[] = []
    let before: number | null = null
    do {
      const page = await readMessages(database.db.kysely, 'talk' as ConversationId, { before, limit: 3 })
      texts.unshift(...page.items.map(({ text }) => text))
      events.unshift(...page.events.map(({ data }) => data.i))
      before = page.nextBefore
    } while (before !== null)
    expect(texts).toEqual(['1', '2', '3', '4', '5', '6', '7'])
    expect(events).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  test.each(['', 'abc', Buffer.from('[1]').toString('base64url'), Buffer.from('["a",2]').toString('base64url')])(
    'a cursor that is none (%s) is known as such',
    (cursor) => expect(decodeCursor(cursor)).toBeNull(),
  )
})
