import * as v from 'valibot'
import type { Failure } from '../../src/model.ts'
import type { AdapterContext } from '../contract.ts'
import type { WechatOfficialConfig } from './config.ts'
import { failureOf, lostFailure, oddAnswer } from './errors.ts'

const KEY = 'access-token'
/** A token is renewed this long before it ends: WeChat keeps the old one good for five minutes after. */
const MARGIN_MS = 300_000
const TIMEOUT_MS = 8_000

const answer = v.union([
  v.object({ access_token: v.pipe(v.string(), v.minLength(1)), expires_in: v.number() }),
  v.object({ errcode: v.number(), errmsg: v.optional(v.string(), '') }),
])

/** Why there is no token. It crosses `shared.get`, hence an Error. */
export class NoToken extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.detail)
    this.failure = failure
  }
}

export interface Tokens {
  current(): Promise<string>
  /** A token other than `bad`. */
  renew(bad: string): Promise<string>
}

/**
 * The account's access token by `stable_token`: fetched by one node, shared by all. Asking again before its end
 * gives the same one, so a token that turned out bad is first asked for anew and only then forced
 * (forcing is limited to 20 a day). (Official Accounts documentation, "Get stable access token".)
 */
export function createTokens(config: WechatOfficialConfig, context: Pick<AdapterContext, 'shared' | 'now'>): Tokens {
  const refresh = async (bad: string | null) => {
    const fresh = await fetchToken(config, false)
    const { token, expiresIn } = fresh.token === bad ? await fetchToken(config, true) : fresh
    const lifetime = expiresIn * 1000
    return { value: token, expiresAt: context.now() + lifetime - Math.min(MARGIN_MS, lifetime / 2) }
  }
  return {
    current: () => context.shared.get(KEY, () => refresh(null)),
    async renew(bad) {
      await context.shared.drop(KEY, bad)
      return context.shared.get(KEY, () => refresh(bad))
    },
  }
}

async function fetchToken(config: WechatOfficialConfig, force: boolean): Promise<{ token: string; expiresIn: number }> {
  const { status, body } = await post(`${config.apiBaseUrl}/cgi-bin/stable_token`, {
    grant_type: 'client_credential',
    appid: config.appId,
    secret: config.appSecret,
    force_refresh: force,
  })
  const parsed = v.safeParse(answer, body)
  if (!parsed.success) throw new NoToken(oddAnswer(status, true))
  if ('errcode' in parsed.output) throw new NoToken(failureOf(parsed.output.errcode, parsed.output.errmsg))
  return { token: parsed.output.access_token, expiresIn: parsed.output.expires_in }
}

async function post(url: string, body: object): Promise<{ status: number; body: unknown }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await response.text()
    return { status: response.status, body: jsonOf(text) }
  } catch (error) {
    throw new NoToken(lostFailure(error, true))
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
