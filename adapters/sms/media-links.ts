import { createHmac, timingSafeEqual } from 'node:crypto'
import * as v from 'valibot'
import type { MediaId, Millis, OutboundMedia } from '../../src/model.ts'

/**
 * Twilio fetches the files of an MMS from us, without credentials. The link itself is the permission: signed, for one
 * file, and good for a day, since a message may wait in Twilio's queue (at most 10 h) before its file is fetched.
 */
const LIFETIME_MS = 24 * 60 * 60 * 1000

const claims = v.object({ id: v.string(), type: v.string(), name: v.string(), until: v.number() })

export interface MediaLink {
  id: MediaId
  type: string
  name: string
}

export function mediaToken(secret: Uint8Array, file: OutboundMedia, now: Millis): string {
  const content = JSON.stringify({ id: file.id, type: file.mimeType, name: file.name, until: now + LIFETIME_MS })
  const payload = Buffer.from(content).toString('base64url')
  return `${payload}.${seal(secret, payload)}`
}

/** Null for a token that is not ours or no longer good. */
export function readMediaToken(secret: Uint8Array, token: string, now: Millis): MediaLink | null {
  const [payload = '', signature = ''] = token.split('.')
  const [expected, given] = [Buffer.from(seal(secret, payload)), Buffer.from(signature)]
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return null
  const { id, type, name, until } = v.parse(claims, JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
  return until < now ? null : { id: id as MediaId, type, name }
}

/** The purpose is part of what is signed: the account's secret signs other things too. */
const seal = (secret: Uint8Array, payload: string): string =>
  createHmac('sha256', secret).update(`sms-media:${payload}`).digest('base64url')
