import { createHmac, timingSafeEqual } from 'node:crypto'
import type { SendKey } from '../../src/model.ts'
import { domainOf, localOf } from './address.ts'

/**
 * Our mark on what we send, so that an answer or a bounce proves which send it belongs to: in the Message-ID, which
 * replies carry in In-Reply-To, and, where the account wants it, in a plus-address that survives even programs that
 * drop those headers. Both hold the send key and a tag only this account can compute.
 */
export interface ReplyTokens {
  /** The Message-ID of a send, without brackets. The same send always has the same, so that receivers can spot repeats. */
  messageId(sendKey: SendKey): string
  /** `local+ot.<token>@domain`; null where the local part would pass RFC 5321's 64 octets. */
  address(sendKey: SendKey): string | null
  /** The send whose Message-ID this is; null when it is not ours. */
  fromMessageId(id: string): SendKey | null
  /** The send whose plus-address this is; null when it is not ours. */
  fromAddress(address: string): SendKey | null
}

/** 64 bits of HMAC-SHA256: out of reach for guessing by mail, and 13 characters. */
const TAG_BYTES = 8
const TAG_CHARS = 13
const MAX_LOCAL = 64

export function replyTokens(secret: Uint8Array, own: string): ReplyTokens {
  const tagOf = (sendKey: string) =>
    base32(createHmac('sha256', secret).update(`email-reply:${sendKey}`).digest().subarray(0, TAG_BYTES))
  const proven = (sendKey: string | null, tag: string): SendKey | null =>
    sendKey !== null && equal(tagOf(sendKey), tag.toLowerCase()) ? (sendKey as SendKey) : null

  return {
    messageId: (sendKey) => `ot.${sendKey}.${tagOf(sendKey)}@${domainOf(own)}`,
    address(sendKey) {
      const local = `${localOf(own)}+ot.${packKey(sendKey)}${tagOf(sendKey)}`
      return local.length <= MAX_LOCAL ? `${local}@${domainOf(own)}` : null
    },
    fromMessageId(id) {
      const match = /^ot\.([\w-]{1,32})\.([a-z2-7]{13})@/i.exec(id)
      return match ? proven(match[1] ?? null, match[2] ?? '') : null
    },
    fromAddress(address) {
      const token = /\+ot\.([a-z2-7]{15,})@[^@]*$/i.exec(address)?.[1]?.toLowerCase()
      return token ? proven(unpackKey(token.slice(0, -TAG_CHARS)), token.slice(-TAG_CHARS)) : null
    },
  }
}

/** Mail servers may change the case of a local part: keys travel as bytes in base32, in whichever form is shortest. */
const FORMS = { h: 'hex', b: 'base64url', t: 'latin1' } as const

function packKey(key: string): string {
  const exact = (['h', 'b', 't'] as const).find((form) => Buffer.from(key, FORMS[form]).toString(FORMS[form]) === key)
  return `${exact ?? 't'}${base32(Buffer.from(key, FORMS[exact ?? 't']))}`
}

function unpackKey(packed: string): string | null {
  const form = packed[0]
  return form === 'h' || form === 'b' || form === 't' ? fromBase32(packed.slice(1)).toString(FORMS[form]) : null
}

/** RFC 4648 section 6, lower-cased, without padding. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{1,5}/g) ?? []).map((five) => ALPHABET[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
}

function fromBase32(text: string): Buffer {
  const bits = Array.from(text, (char) => ALPHABET.indexOf(char).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

const equal = (left: string, right: string): boolean =>
  left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right))
