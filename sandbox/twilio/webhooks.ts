import { createHmac } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

/** Twilio's page "Webhooks security": HMAC-SHA1 of the URL followed by the sorted parameters, in base64. */
export function sign(authToken: string, url: string, params: Record<string, string>): string {
  const joined = Object.keys(params)
    .sort()
    .reduce((text, key) => text + key + params[key], url)
  return createHmac('sha1', authToken).update(joined, 'utf8').digest('base64')
}

export interface WebhookOptions {
  authToken: string
  /** How often a failed call (no connection, 5xx) is repeated; Twilio's `#rc=` connection override. */
  retries: number
  /** Before the first repetition; doubles with each. */
  retryDelayMs: number
  signal: AbortSignal
  /** Where a public address is reached from here. */
  reach: (url: string) => string
}

/** Calls a webhook as Twilio does. Rejects when it was not taken in the end. A fragment is neither sent nor signed. */
export async function callWebhook(
  told: string,
  params: Record<string, string>,
  options: WebhookOptions,
): Promise<void> {
  const url = told.split('#')[0] ?? told
  let wait = options.retryDelayMs
  for (let attempt = 0; ; attempt += 1) {
    const answer = await post(url, params, options)
    if (answer.ok) return
    if (attempt >= options.retries || answer.final || options.signal.aborted)
      throw new Error(`The webhook ${new URL(url).pathname} did not take it: ${answer.reason}`)
    await pause(wait, undefined, { signal: options.signal })
    wait *= 2
  }
}

type Answer = { ok: true } | { ok: false; final: boolean; reason: string }

async function post(url: string, params: Record<string, string>, options: WebhookOptions): Promise<Answer> {
  try {
    const response = await fetch(options.reach(url), {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        'user-agent': 'TwilioProxy/1.1',
        'x-twilio-signature': sign(options.authToken, url, params),
      },
      body: new URLSearchParams(params).toString(),
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(15_000)]),
    })
    await response.arrayBuffer()
    if (response.ok) return { ok: true }
    return { ok: false, final: response.status < 500, reason: `HTTP ${response.status}` }
  } catch (error) {
    return { ok: false, final: false, reason: String(error) }
  }
}
