import { describe, expect, it } from 'vitest'
import { CALL_TIMEOUT_MS, type ListedMessage, type TwilioClient } from '../../../adapters/sms/client.ts'
import { judge, LOOK_BACK, settle } from '../../../adapters/sms/confirm.ts'
import { createSentRecord } from '../../../adapters/sms/sent-record.ts'
import type { RemoteId, SendKey } from '../../../src/model.ts'
import { outbound } from '../../contract/fixture.ts'

const AT = 1_800_000_000_000
const KEY = 'ours' as SendKey
const attempt = { message: { sendKey: KEY, text: '好的 ok', media: [] }, at: AT }
const listed = (sid: string, over: Partial<ListedMessage> = {}): ListedMessage => ({
  sid: sid as RemoteId,
  direction: 'outbound-api',
  ours: true,
  body: '好的 ok',
  files: 0,
  createdAt: AT + 200,
  ...over,
})

describe('what became of a send whose answer was lost', () => {
  it('nothing in the list: it was not sent', () => {
    expect(judge(attempt, [], createSentRecord())).toEqual({ state: 'not_sent' })
  })

  it('one message that fits: it was sent', () => {
    expect(judge(attempt, [listed('SM1')], createSentRecord())).toEqual({ state: 'sent', ids: ['SM1'] })
  })

  it('a status callback told its sid: it was sent, whatever the list says', () => {
    const record = createSentRecord()
    record.note('SM9' as RemoteId, KEY)
    expect(judge(attempt, [], record)).toEqual({ state: 'sent', ids: ['SM9'] })
  })

  it('the same words of another send, known by its own answer, are not it', () => {
    const record = createSentRecord()
    record.note('SM1' as RemoteId, 'another' as SendKey)
    expect(judge(attempt, [listed('SM1')], record)).toEqual({ state: 'not_sent' })
    expect(judge(attempt, [listed('SM2'), listed('SM1')], record)).toEqual({ state: 'sent', ids: ['SM2'] })
  })

  it('two that fit: nobody can tell', () => {
    expect(judge(attempt, [listed('SM1'), listed('SM2')], createSentRecord()).state).toBe('unknown')
  })

  it('one of that moment with other words: Twilio may have changed ours, nobody can tell', () => {
    expect(judge(attempt, [listed('SM1', { body: 'different' })], createSentRecord()).state).toBe('unknown')
    expect(judge(attempt, [listed('SM1', { files: 1 })], createSentRecord()).state).toBe('unknown')
  })

  it('changed blanks do not make other words', () => {
    expect(judge(attempt, [listed('SM1', { body: ' 好的\r\nok' })], createSentRecord()).state).toBe('sent')
  })

  it.each([
    ['long before', { createdAt: AT - 60_000 }],
    ['long after', { createdAt: AT + CALL_TIMEOUT_MS + 60_000 }],
    ['by another program’s sender', { ours: false }],
    ['from the customer', { direction: 'inbound' }],
    ['Twilio’s own answer to STOP', { direction: 'outbound-reply' }],
  ])('one %s is not it', (_case, over) => {
    expect(judge(attempt, [listed('SM1', over)], createSentRecord())).toEqual({ state: 'not_sent' })
  })

  it('a little difference between the clocks does not hide it', () => {
    expect(judge(attempt, [listed('SM1', { createdAt: AT - 3000 })], createSentRecord()).state).toBe('sent')
  })

  it('a full list that does not reach back to the attempt proves nothing', () => {
    const later = Array.from({ length: LOOK_BACK }, (_, index) => listed(`SM${index}`, { createdAt: AT + 3_600_000 }))
    expect(judge(attempt, later, createSentRecord()).state).toBe('unknown')
    const back = [...later.slice(1), listed('SM', { createdAt: AT - 3_600_000 })]
    expect(judge(attempt, back, createSentRecord()).state).toBe('not_sent')
  })
})

describe('asking Twilio', () => {
  const message = outbound('+12025550123', { sendKey: KEY, text: '好的 ok' })
  const never = new AbortController().signal
  const client = (answers: ListedMessage[][], offset = 0): TwilioClient & { asked: number } => ({
    asked: 0,
    create: () => Promise.reject(new Error('never called')),
    accountStatus: () => Promise.reject(new Error('never called')),
    clockOffset: () => offset,
    async list() {
      this.asked += 1
      return { ok: true, value: answers[Math.min(this.asked, answers.length) - 1] ?? [] }
    },
  })

  it('finds a message that is listed late', async () => {
    const twilio = client([[], [], [listed('SM1')]])
    expect(await settle(twilio, message, AT, createSentRecord(), never, [0, 1, 1])).toEqual({
      state: 'sent',
      ids: ['SM1'],
    })
    expect(twilio.asked).toBe(3)
  })

  it('believes an empty list only after several looks', async () => {
    const twilio = client([[]])
    expect(await settle(twilio, message, AT, createSentRecord(), never, [0, 1, 1])).toEqual({ state: 'not_sent' })
    expect(twilio.asked).toBe(3)
  })

  it('reckons by Twilio’s clock', async () => {
    const ahead = client([[listed('SM1', { createdAt: AT + 600_000 })]], 600_000)
    expect((await settle(ahead, message, AT, createSentRecord(), never, [0])).state).toBe('sent')
  })

  it('knows nothing when Twilio cannot be asked, or time is up', async () => {
    const failing: TwilioClient = {
      ...client([]),
      list: async () => ({
        ok: false,
        needsOperator: false,
        failure: { class: 'retryable', code: 'x', detail: 'away' },
      }),
    }
    expect(await settle(failing, message, AT, createSentRecord(), never, [0])).toMatchObject({ state: 'unknown' })
    const aborted = AbortSignal.abort()
    expect(await settle(client([[]]), message, AT, createSentRecord(), aborted, [0])).toMatchObject({
      state: 'unknown',
    })
  })
})
