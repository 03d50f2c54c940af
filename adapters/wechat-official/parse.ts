import type { AccountId, Identity, InboundEvent, MediaRef, RemoteId } from '../../src/model.ts'
import { windowOfAction, windowOfMessage } from './window.ts'

type Fields = ReadonlyMap<string, string>

/** What a webhook says. `ignored`: nothing a person must see (a template's result, a position report). */
export type Parsed =
  | { kind: 'event'; event: InboundEvent }
  | { kind: 'ignored'; what: string }
  | { kind: 'broken'; why: string }

interface Head {
  account: AccountId
  from: Identity
  at: number
}

/** Turns the fields of WeChat's XML into an event. Pure. */
export function parse(account: AccountId, fields: Fields): Parsed {
  const openid = fields.get('FromUserName') ?? ''
  const seconds = Number(fields.get('CreateTime'))
  const type = fields.get('MsgType') ?? ''
  if (!isOpenid(openid)) return { kind: 'broken', why: 'FromUserName is missing or no openid' }
  if (!Number.isSafeInteger(seconds) || seconds <= 0) return { kind: 'broken', why: 'CreateTime is no time' }
  if (type === '') return { kind: 'broken', why: 'MsgType is missing' }
  const head: Head = { account, from: { address: openid, verified: true }, at: seconds * 1000 }
  return type === 'event' ? parseEvent(head, fields, seconds) : parseMessage(head, fields, type)
}

export const isOpenid = (address: string): boolean => /^[0-9A-Za-z_-]{6,64}$/.test(address)

function parseMessage(head: Head, fields: Fields, type: string): Parsed {
  const id = fields.get('MsgId') ?? ''
  if (!/^\d{1,32}$/.test(id)) return { kind: 'broken', why: 'MsgId is missing' }
  const content = contentOf(type, id, fields)
  return message(head, id, content.text, content.media, windowOfMessage(head.at))
}

function message(head: Head, id: string, text: string, media: MediaRef[], window: ReturnType<typeof windowOfMessage>) {
  const { account, from, at } = head
  const event: InboundEvent = {
    kind: 'message',
    account,
    id: id as RemoteId,
    at,
    thread: from.address,
    from,
    text: printable(text),
    media,
    window,
  }
  return { kind: 'event', event } as const
}

interface Content {
  text: string
  media: MediaRef[]
}

/** Every type becomes something an agent can read; one WeChat invents tomorrow is shown by its name. */
function contentOf(type: string, id: string, fields: Fields): Content {
  const get = (name: string) => fields.get(name)?.trim() ?? ''
  switch (type) {
    case 'text':
      return { text: fields.get('Content') ?? '', media: [] }
    case 'image':
      return { text: '', media: [remote(get('MediaId'), `${id}.jpg`, 'image/jpeg')] }
    case 'voice': {
      const format = get('Format').toLowerCase() || 'amr'
      const mimeType = format === 'mp3' ? 'audio/mpeg' : `audio/${format.replace(/[^a-z0-9.+-]/g, '') || 'amr'}`
      return { text: get('Recognition'), media: [remote(get('MediaId'), `${id}.${format}`, mimeType)] }
    }
    case 'video':
    case 'shortvideo':
      return { text: '', media: [remote(get('MediaId'), `${id}.mp4`, 'video/mp4')] }
    case 'location':
      return {
        text: tagged('location · 位置', [get('Label'), `${get('Location_X')}, ${get('Location_Y')}`]),
        media: [],
      }
    case 'link':
      return { text: tagged('link · 链接', [get('Title'), get('Description'), get('Url')]), media: [] }
    default:
      return { text: tagged(`unsupported · 不支持的消息`, [type]), media: [] }
  }
}

const remote = (mediaId: string, name: string, mimeType: string): MediaRef =>
  mediaId === ''
    ? { state: 'refused', name, mimeType, size: null, reason: 'WeChat gave no MediaId' }
    : { state: 'remote', ref: mediaId, name, mimeType }

const tagged = (tag: string, lines: string[]): string =>
  [`[${tag}]`, ...lines.filter((line) => line !== '')].join(lines.length > 1 ? '\n' : ' ')

function parseEvent(head: Head, fields: Fields, seconds: number): Parsed {
  const name = fields.get('Event') ?? ''
  const key = fields.get('EventKey')?.trim() ?? ''
  // WeChat repeats an unanswered event with the same sender, second and name; the key parts two clicks in one second.
  const id = [head.from.address, seconds, name, key].filter((part) => part !== '').join(':')
  switch (name) {
    case 'subscribe':
      return consent(head, id, 'granted', key === '' ? 'subscribe' : `subscribe ${key}`)
    case 'unsubscribe':
      return consent(head, id, 'revoked', 'unsubscribe')
    case 'SCAN':
      return message(head, id, tagged('QR code scanned · 扫描二维码', [key]), [], windowOfAction(head.at))
    case 'CLICK':
      return message(head, id, tagged('menu · 菜单', [key]), [], windowOfAction(head.at))
    default:
      return { kind: 'ignored', what: name }
  }
}

function consent(head: Head, id: string, change: 'granted' | 'revoked', evidence: string): Parsed {
  const { account, from, at } = head
  const window = change === 'granted' ? { window: windowOfAction(at) } : {}
  const event: InboundEvent = {
    kind: 'consent',
    account,
    id,
    at,
    thread: from.address,
    from,
    change,
    evidence,
    ...window,
  }
  return { kind: 'event', event }
}

/** Control characters say nothing and break what comes after (PostgreSQL takes no NUL). Tab and newline stay. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const printable = (text: string): string => text.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F]/g, '')
