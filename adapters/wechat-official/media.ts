import * as v from 'valibot'
import type { Failure, MediaKind, MediaRef, OutboundMedia } from '../../src/model.ts'
import { mediaKindOf } from '../../src/model.ts'
import type { AdapterContext } from '../contract.ts'
import type { Answer, Api } from './api.ts'
import { lostFailure, oddAnswer } from './errors.ts'

const MB = 1024 * 1024

/** What customer service messages may carry. (Official Accounts documentation, "Upload temporary media".) */
export const WECHAT_MEDIA = {
  image: { maxBytes: 10 * MB, mimeTypes: ['image/jpeg', 'image/png', 'image/gif'] },
  audio: { maxBytes: 2 * MB, mimeTypes: ['audio/amr', 'audio/mpeg'] },
  video: { maxBytes: 10 * MB, mimeTypes: ['video/mp4'] },
}

/** A customer's video may be 25 MB in WeChat; more than twice that is not theirs. */
const INBOUND_MAX_BYTES = 50 * MB
const VIDEO_TIMEOUT_MS = 60_000

const WECHAT_TYPES = { image: 'image', audio: 'voice', video: 'video' } as const
export type WechatMediaType = (typeof WECHAT_TYPES)[keyof typeof WECHAT_TYPES]

export const wechatTypeOf = (mimeType: string): WechatMediaType | null => {
  const kind: MediaKind = mediaKindOf(mimeType)
  return kind === 'file' ? null : WECHAT_TYPES[kind]
}

const uploaded = v.object({ media_id: v.pipe(v.string(), v.minLength(1)) })

/** Puts a file with WeChat for three days; the answer names it for a message. */
export async function upload(
  api: Api,
  file: OutboundMedia,
  type: WechatMediaType,
  signal: AbortSignal,
): Promise<Answer<string>> {
  const content = await file.open()
  const answer = await api.json(
    {
      path: '/cgi-bin/media/upload',
      query: { type },
      method: 'POST',
      body: () => {
        const form = new FormData()
        form.set('media', new Blob([new Uint8Array(content)], { type: file.mimeType }), file.name)
        return form
      },
      harmless: true,
    },
    uploaded,
    signal,
  )
  return answer.ok ? { ok: true, body: answer.body.media_id } : answer
}

const videoAnswer = v.object({ video_url: v.pipe(v.string(), v.url()) })

type Fetched = { ok: true; media: MediaRef } | { ok: false; failure: Failure }

/** Brings a customer's file into the media store. A video comes by way of an address on another host. */
export async function download(
  api: Api,
  store: AdapterContext['media'],
  mediaId: string,
  signal: AbortSignal,
): Promise<Fetched> {
  const answer = await api.raw(
    { path: '/cgi-bin/media/get', query: { media_id: mediaId }, method: 'GET', harmless: true },
    signal,
  )
  if (!answer.ok) return answer
  const { type, content } = answer.body
  if (!/json|text\/plain/.test(type)) return keep(store, content, mediaId)
  const video = v.safeParse(videoAnswer, await content.json().catch(() => null))
  if (!video.success) return { ok: false, failure: oddAnswer(200, true) }
  return fetchVideo(store, video.output.video_url, mediaId, signal)
}

async function fetchVideo(
  store: AdapterContext['media'],
  url: string,
  mediaId: string,
  signal: AbortSignal,
): Promise<Fetched> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(VIDEO_TIMEOUT_MS)]) })
    if (response.status !== 200) return { ok: false, failure: oddAnswer(response.status, true) }
    return await keep(store, response, mediaId)
  } catch (error) {
    return { ok: false, failure: lostFailure(error, true) }
  }
}

async function keep(store: AdapterContext['media'], response: Response, mediaId: string): Promise<Fetched> {
  const mimeType = response.headers.get('content-type')?.split(';')[0]?.trim() || 'application/octet-stream'
  const name = nameIn(response.headers.get('content-disposition')) ?? mediaId
  try {
    const media = await store.put(bytesOf(response), { name, mimeType, maxBytes: INBOUND_MAX_BYTES })
    return { ok: true, media }
  } catch (error) {
    // Either WeChat's connection broke or our own disk is full: the message says which, and both may pass.
    const detail = error instanceof Error ? error.message : String(error)
    return { ok: false, failure: { class: 'retryable', code: 'media', detail } }
  }
}

async function* bytesOf(response: Response): AsyncGenerator<Uint8Array> {
  if (response.body !== null) yield* response.body
}

const nameIn = (disposition: string | null): string | null =>
  /filename="?([^";\r\n]+)"?/i.exec(disposition ?? '')?.[1] ?? null
