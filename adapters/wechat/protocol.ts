import * as v from 'valibot'

/**
 * What the hub and the process with Wechaty say to each other, over Node's IPC with structured cloning (bytes need
 * no base64). The child is not trusted with more than this: the parent checks each word.
 */

/** Largest file taken from a customer; bigger ones are named and refused. */
export const FILE_MAX_BYTES = 25 * 1024 * 1024

const bytes = v.instance(Uint8Array)

const contact = v.object({
  /** Where answers go. Stable over logins where `stable` says so. */
  address: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  name: v.string(),
  stable: v.boolean(),
})

const file = v.union([
  v.object({ name: v.string(), mimeType: v.string(), content: bytes }),
  v.object({ name: v.string(), mimeType: v.string(), size: v.nullable(v.number()), refused: v.string() }),
])

const incoming = v.object({
  id: v.pipe(v.string(), v.minLength(1)),
  contact,
  /** True when the account itself wrote: an echo of ours, or typed on the phone. */
  self: v.boolean(),
  text: v.string(),
  file: v.nullable(file),
  at: v.number(),
})

export const fromChild = v.variant('type', [
  v.object({ type: v.literal('scan'), qr: v.string(), scanned: v.boolean() }),
  v.object({ type: v.literal('login'), name: v.string() }),
  v.object({ type: v.literal('logout'), reason: v.string() }),
  v.object({ type: v.literal('message'), seq: v.number(), message: incoming }),
  v.object({
    type: v.literal('withdrawn'),
    seq: v.number(),
    id: v.string(),
    of: v.string(),
    contact,
    at: v.number(),
  }),
  v.object({ type: v.literal('said'), call: v.number(), ok: v.literal(true), remoteId: v.nullable(v.string()) }),
  v.object({ type: v.literal('said'), call: v.number(), ok: v.literal(false), error: v.string() }),
  v.object({ type: v.literal('failed'), misconfigured: v.boolean(), detail: v.string() }),
  v.object({ type: v.literal('log'), detail: v.string() }),
])

export type FromChild = v.InferOutput<typeof fromChild>
export type Incoming = v.InferOutput<typeof incoming>
export type ChildContact = v.InferOutput<typeof contact>

export type Say = { text: string } | { name: string; mimeType: string; content: Uint8Array }

export interface StartBot {
  type: 'start'
  puppet: string
  token: string
  endpoint: string
  tls: boolean
  markContacts: boolean
  stateDir: string
}

export type ToChild = StartBot | { type: 'say'; call: number; address: string; say: Say } | { type: 'logout' }
