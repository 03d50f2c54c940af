import { randomBytes } from 'node:crypto'
import { seal, sign, xmlOf } from './sealing.ts'

export interface Credentials {
  appId: string
  token: string
  encodingAesKey: string
  mode: 'plain' | 'aes'
}

/** WeChat waits five seconds for `success` and asks three times in all. (Documentation: "Receiving messages".) */
const WAIT_MS = 5_000
const TRIES = 3

/** Sends one message to the account's webhook, again with the same content while it is not taken. */
export async function deliver(hookUrl: string, as: Credentials, fields: Record<string, string | number>) {
  let last = ''
  for (let tried = 0; tried < TRIES; tried += 1) {
    try {
      const response = await post(hookUrl, as, xmlOf(fields))
      const text = await response.text()
      if (response.status === 200 && (text === 'success' || text === '')) return
      last = `HTTP ${response.status} ${text.slice(0, 200)}`
    } catch (error) {
      last = error instanceof Error ? `${error.message} ${String(error.cause ?? '')}` : String(error)
    }
  }
  throw new Error(`WeChat could not hand the message over: ${last}`)
}

function post(hookUrl: string, as: Credentials, xml: string): Promise<Response> {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const nonce = String(randomBytes(4).readUInt32BE())
  const query = new URLSearchParams({ signature: sign(as.token, timestamp, nonce), timestamp, nonce })
  let body = xml
  if (as.mode === 'aes') {
    const encrypted = seal(as.encodingAesKey, as.appId, xml)
    query.set('encrypt_type', 'aes')
    query.set('msg_signature', sign(as.token, timestamp, nonce, encrypted))
    body = xmlOf({ ToUserName: 'gh_onethread', Encrypt: encrypted })
  }
  return fetch(`${hookUrl}?${query}`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml' },
    body,
    signal: AbortSignal.timeout(WAIT_MS),
  })
}

/** What WeChat does when the address is entered in its settings. */
export async function verify(hookUrl: string, as: Credentials): Promise<boolean> {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const nonce = String(randomBytes(4).readUInt32BE())
  const echostr = randomBytes(8).toString('hex')
  const query = new URLSearchParams({ signature: sign(as.token, timestamp, nonce), timestamp, nonce, echostr })
  const response = await fetch(`${hookUrl}?${query}`, { signal: AbortSignal.timeout(WAIT_MS) })
  return response.status === 200 && (await response.text()) === echostr
}
