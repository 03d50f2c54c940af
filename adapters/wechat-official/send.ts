import * as v from 'valibot'
import type { Failure, Outbound, RemoteId, SendResult } from '../../src/model.ts'
import type { Answer, Api } from './api.ts'
import { upload, type WechatMediaType, wechatTypeOf } from './media.ts'
import { splitText } from './split.ts'

/** One call of `message/custom/send`, without its address. */
type Part =
  | { msgtype: 'text'; text: { content: string } }
  | { msgtype: 'image'; image: { media_id: string } }
  | { msgtype: 'voice'; voice: { media_id: string } }
  | { msgtype: 'video'; video: { media_id: string; thumb_media_id: string; title: string; description: string } }

const done = v.object({ errcode: v.literal(0) })

/**
 * Sends a message as the customer service messages it takes: the text, split where it is too long, then each file.
 * WeChat names no id for them, so each part is named by our send key and its number. Files are uploaded first,
 * so that most failures happen before the customer saw anything.
 */
export async function sendMessage(api: Api, message: Outbound, signal: AbortSignal): Promise<SendResult> {
  const planned = await plan(api, message, signal)
  if (!planned.ok) return planned
  const ids: RemoteId[] = []
  for (const [index, part] of planned.body.entries()) {
    const answer = await sendPart(api, message.to.address, part, signal)
    if (!answer.ok) return { ok: false, failure: partial(answer.failure, index, planned.body.length) }
    ids.push(remoteId(message, index))
  }
  const [first, ...rest] = ids
  return first === undefined ? { ok: false, failure: EMPTY } : { ok: true, ids: [first, ...rest] }
}

const EMPTY: Failure = { class: 'permanent', code: 'empty', detail: 'There is nothing to send.' }

const remoteId = (message: Outbound, index: number) => `${message.sendKey}.${index + 1}` as RemoteId

async function plan(api: Api, message: Outbound, signal: AbortSignal): Promise<Answer<Part[]>> {
  if (signal.aborted) return stopped()
  const parts: Part[] = splitText(message.text).map((content) => ({ msgtype: 'text', text: { content } }))
  for (const file of message.media) {
    const type = wechatTypeOf(file.mimeType)
    if (type === null) return refused(file.name)
    const media = await upload(api, file, type, signal)
    if (!media.ok) return media
    parts.push(mediaPart(type, media.body, file.name))
  }
  return { ok: true, body: parts }
}

const mediaPart = (type: WechatMediaType, media_id: string, title: string): Part =>
  type === 'image'
    ? { msgtype: type, image: { media_id } }
    : type === 'voice'
      ? { msgtype: type, voice: { media_id } }
      : { msgtype: type, video: { media_id, thumb_media_id: '', title, description: '' } }

const stopped = (): Answer<never> => ({
  ok: false,
  failure: { class: 'retryable', code: 'stopped', detail: 'The account stopped before the message was sent.' },
})

const refused = (name: string): Answer<never> => ({
  ok: false,
  failure: { class: 'permanent', code: 'media_type', detail: `WeChat takes no files like ${name}.` },
})

const sendPart = (api: Api, touser: string, part: Part, signal: AbortSignal) =>
  api.json(
    {
      path: '/cgi-bin/message/custom/send',
      method: 'POST',
      body: () => JSON.stringify({ touser, ...part }),
      harmless: false,
    },
    done,
    signal,
  )

/** Once a part is with the customer, a repeat of the whole would double it: only a person may decide. */
function partial(failure: Failure, sent: number, of: number): Failure {
  if (sent === 0) return failure
  const detail = `Parts 1 to ${sent} of ${of} were sent, part ${sent + 1} was not: ${failure.detail}`
  return { class: 'uncertain', code: failure.code, detail }
}
