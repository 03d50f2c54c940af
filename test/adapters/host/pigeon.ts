import * as v from 'valibot'
import type { Adapter, Capabilities, Channel, Confirms, Receiver, Sink } from '../../../adapters/contract.ts'
import type { Outbound, RemoteId, SendResult } from '../../../src/model.ts'

/** A channel at the contract, for tests of the host: it does what the test tells it to. */

const config = v.object({ loft: v.pipe(v.string(), v.minLength(1, 'Say which loft.')) })

export const accepted = (id: string): SendResult => ({ ok: true, ids: [id as RemoteId] })

export interface Pigeon {
  channel: Channel
  /** Texts handed over, in order, and how many are in flight at once at the most. */
  sent: Outbound[]
  mostAtOnce: number
  starts: string[]
  stops: number
  send: (message: Outbound) => Promise<SendResult>
  confirm: Confirms['confirm'] | null
  receivers: Receiver[]
  sink: Sink | null
}

export const createPigeon = (more: Partial<Capabilities> = {}): Pigeon => {
  const capabilities: Capabilities = {
    text: { maxLength: 1000, formats: ['plain'] },
    media: {},
    subject: false,
    receipts: [],
    idempotency: 'none',
    startsConversations: true,
    replyWindow: null,
    concurrency: 8,
    ...more,
  }
  let inFlight = 0
  const pigeon: Pigeon = {
    sent: [],
    mostAtOnce: 0,
    starts: [],
    stops: 0,
    send: async (message) => accepted(message.sendKey),
    confirm: null,
    receivers: [],
    sink: null,
    channel: {
      // The name under which the test core's accounts are kept; nothing of that channel is used.
      channel: 'sms',
      label: { en: 'Pigeon', zh: '信鸽' },
      glyph: 'hook',
      config,
      fields: [],
      capabilities,
      addressSpace: 'phone',
      normalize: (raw) => raw,
      create: (settings) => createAdapter((settings as v.InferOutput<typeof config>).loft),
    },
  }
  const createAdapter = (loft: string): Adapter & Partial<Confirms> => ({
    capabilities,
    receivers: pigeon.receivers,
    normalize: (raw) => raw,
    async start(sink) {
      pigeon.starts.push(loft)
      pigeon.sink = sink
    },
    async send(message) {
      pigeon.sent.push(message)
      pigeon.mostAtOnce = Math.max(pigeon.mostAtOnce, ++inFlight)
      try {
        return await pigeon.send(message)
      } finally {
        inFlight--
      }
    },
    ...(pigeon.confirm ? { confirm: pigeon.confirm } : {}),
    async stop() {
      pigeon.stops++
    },
  })
  return pigeon
}
