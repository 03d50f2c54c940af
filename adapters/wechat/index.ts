import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Failure, Health, InboundEvent, Outbound, RemoteId, SendResult } from '../../src/model.ts'
import type { Adapter, AdapterContext, Capabilities, Channel, LogsIn, Sink } from '../contract.ts'
import { type WechatConfig, wechatConfig, wechatFields } from './config.ts'
import { Echoes } from './echoes.ts'
import { failureOf, notLoggedIn } from './errors.ts'
import { messageEvent, receiptEvent, withdrawnEvent } from './events.ts'
import { Link } from './link.ts'
import { createPace } from './pacing.ts'
import type { FromChild, Say } from './protocol.ts'
import { Spool, spoolDir } from './spool.ts'

const MB = 1024 * 1024
/** A puppet's own message usually is back before its answer; some never come. */
const ECHO_WAIT_MS = 2_000
const RETRY_MS = { first: 100, longest: 5_000 }

const capabilities: Capabilities = {
  text: { maxLength: 4000, formats: ['plain'] },
  media: {
    image: { maxBytes: 10 * MB, mimeTypes: ['image/jpeg', 'image/png', 'image/gif'] },
    video: { maxBytes: 20 * MB, mimeTypes: ['video/mp4'] },
    file: { maxBytes: 20 * MB, mimeTypes: [] },
  },
  subject: false,
  // The account's own message comes back: `sent`. WeChat tells nobody what was delivered or read.
  receipts: ['sent'],
  idempotency: 'none',
  // Friends may be written to at any time; who is no friend has no address that anybody could know.
  startsConversations: true,
  replyWindow: null,
  concurrency: 1,
}

const normalize = (raw: string): string | null => {
  const address = raw.trim()
  return /^[0-9A-Za-z@_.:-]{1,200}$/.test(address) ? address : null
}

/** A WeChat login on a phone, through a Wechaty puppet in a process of its own. */
export const wechat: Channel<WechatConfig> = {
  channel: 'wechat',
  label: { en: 'WeChat', zh: '微信' },
  glyph: 'wechat',
  config: wechatConfig,
  fields: wechatFields,
  capabilities,
  addressSpace: 'account',
  logsIn: true,
  normalize: () => null,
  create,
}

function create(config: WechatConfig, context: AdapterContext): WechatAdapter {
  const link = new Link(context)
  const echoes = new Echoes(new Spool(join(context.stateDir, 'sends')), context.now)
  const pace = createPace(config.ratePerMinute)
  let loggedIn = false
  let last = STARTING

  async function run(sink: Sink, signal: AbortSignal): Promise<void> {
    const ended = new AbortController()
    const spool = new Spool(spoolDir(context.stateDir))
    let queue = Promise.resolve()
    const tell = (health: Health) => {
      last = health
      sink.health(health)
    }
    const hear = (heard: FromChild) => {
      const word = withoutToken(heard, config.puppetToken)
      const health = healthOf(word)
      if (health !== null) tell(health)
      if (word.type === 'login') loggedIn = true
      if (word.type === 'logout' || word.type === 'scan') loggedIn = false
      if (word.type === 'log') context.log.warn({ detail: word.detail }, 'the WeChat process')
      const event = eventOf(word)
      if (event === null) return
      queue = queue.then(async () => {
        if (await emitUntilKept(sink, event.make, AbortSignal.any([signal, ended.signal]))) spool.remove(event.seq)
      })
    }
    // An account that is down or misconfigured stays so until a start has worked.
    if (last.state !== 'down' && last.state !== 'misconfigured') tell(STARTING)
    await link.run({ type: 'start', stateDir: context.stateDir, ...startOf(config) }, hear, signal)
    loggedIn = false
    ended.abort()
    await queue
    if (signal.aborted) return
    if (last.state !== 'misconfigured') tell({ state: 'down', detail: `${reasonOf(last)} It is started again.` })
    throw new Error('the WeChat process ended')
  }

  /** The event behind a word; `make` gives null for one that nobody needs. Echoes are matched when they come. */
  function eventOf(word: FromChild): { seq: number; make: () => Promise<InboundEvent | null> } | null {
    const { account, media } = context
    if (word.type === 'withdrawn') return { seq: word.seq, make: async () => withdrawnEvent(account, word) }
    if (word.type !== 'message') return null
    const { seq, message } = word
    const echo = message.self ? echoes.match(message) : null
    if (echo === null) return { seq, make: () => messageEvent(account, media, message) }
    return { seq, make: async () => (echo.last ? receiptEvent(account, message, echo.sendKey) : null) }
  }

  async function emitUntilKept(
    sink: Sink,
    make: () => Promise<InboundEvent | null>,
    signal: AbortSignal,
  ): Promise<boolean> {
    for (let wait = RETRY_MS.first; !signal.aborted; wait = Math.min(wait * 2, RETRY_MS.longest)) {
      try {
        const event = await make()
        if (event !== null) await sink.emit(event)
        return true
      } catch (error) {
        context.log.warn({ error: String(error) }, 'a message of WeChat could not be kept; it is tried again')
        await pause(wait, undefined, { signal }).catch(() => {})
      }
    }
    return false
  }

  async function send(message: Outbound, signal: AbortSignal): Promise<SendResult> {
    const parts = await partsOf(message)
    const ids: RemoteId[] = []
    for (const [index, say] of parts.entries()) {
      const result = await sayPart(message, index, parts.length, say, signal)
      if (!result.ok) return { ok: false, failure: partial(result.failure, index, parts.length) }
      ids.push(result.id)
    }
    const [first, ...rest] = ids
    return first === undefined ? { ok: false, failure: EMPTY } : { ok: true, ids: [first, ...rest] }
  }

  async function sayPart(
    message: Outbound,
    index: number,
    count: number,
    say: Say,
    signal: AbortSignal,
  ): Promise<Part> {
    if (!loggedIn || !(await pace.turn(signal)) || !loggedIn) return { ok: false, failure: notLoggedIn }
    const { address } = message.to
    const text = 'text' in say ? say.text : null
    const awaited = echoes.expect(message.sendKey, address, text, index === count - 1)
    const said = await link.say(address, say)
    if (said?.ok !== true) {
      const failure = said === null ? notLoggedIn : failureOf(said.error)
      if (failure.class !== 'uncertain') awaited.forget()
      return { ok: false, failure }
    }
    if (said.remoteId !== null) awaited.named(said.remoteId)
    const echo = said.remoteId ?? (await Promise.race([awaited.echo, pause(ECHO_WAIT_MS, null, { ref: false })]))
    return { ok: true, id: (echo ?? `${message.sendKey}.${index + 1}`) as RemoteId }
  }

  return {
    capabilities,
    normalize,
    receivers: [{ mode: 'stream', name: 'wechaty', run: (_from, sink, signal) => run(sink, signal) }],
    start: async () => {},
    send,
    stop: () => link.close(),
    logout: async () => link.logout(),
    processId: () => link.pid,
  }
}

export interface WechatAdapter extends Adapter, LogsIn {
  /** The process with Wechaty, null while there is none. */
  processId(): number | null
}

type Part = { ok: true; id: RemoteId } | { ok: false; failure: Failure }

/** Puppets quote the token in their complaints; it is a secret. */
const withoutToken = (word: FromChild, token: string): FromChild =>
  'detail' in word && token !== '' ? { ...word, detail: word.detail.replaceAll(token, '…') } : word

const STARTING: Health = { state: 'connecting', detail: 'The WeChat process starts.' }

const EMPTY: Failure = { class: 'permanent', code: 'empty', detail: 'There is nothing to send.' }

const startOf = ({ puppet, puppetToken, endpoint, tls, markContacts }: WechatConfig) => ({
  puppet,
  token: puppetToken,
  endpoint,
  tls,
  markContacts,
})

async function partsOf(message: Outbound): Promise<Say[]> {
  const files = message.media.map(async (file) => ({
    name: file.name,
    mimeType: file.mimeType,
    content: await file.open(),
  }))
  const text = message.text.trim() === '' ? [] : [{ text: message.text }]
  return [...text, ...(await Promise.all(files))]
}

/** Once a part is with the customer, a repeat of the whole would double it: only a person may decide. */
const partial = (failure: Failure, sent: number, of: number): Failure =>
  sent === 0
    ? failure
    : {
        class: 'uncertain',
        code: failure.code,
        detail: `Parts 1 to ${sent} of ${of} were sent, part ${sent + 1} was not: ${failure.detail}`,
      }

const reasonOf = (last: Health): string =>
  last.state === 'down' ? last.detail : 'The WeChat process ended unexpectedly.'

function healthOf(word: FromChild): Health | null {
  switch (word.type) {
    case 'scan':
      return word.scanned
        ? { state: 'needs_login', detail: 'Scanned: now confirm the login on the phone.' }
        : { state: 'needs_login', detail: 'Scan the QR code with WeChat on the phone of this account.', qr: word.qr }
    case 'login':
      return { state: 'ok', detail: word.name === '' ? '' : `Logged in as ${word.name}.` }
    case 'logout':
      return { state: 'needs_login', detail: 'WeChat logged the account out. A new QR code comes in a moment.' }
    case 'failed':
      return word.misconfigured
        ? { state: 'misconfigured', detail: `Check the puppet, its token and its endpoint: ${word.detail}` }
        : { state: 'down', detail: `The puppet is lost: ${word.detail}.` }
    default:
      return null
  }
}
