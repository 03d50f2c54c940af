import * as v from 'valibot'
import type { Failure } from '../../src/model.ts'
import { failureOf, isTokenError, lostFailure, oddAnswer } from './errors.ts'
import { postOnce } from './exchange.ts'
import { NoToken, type Tokens } from './token.ts'

const TIMEOUT_MS = 15_000

export type Answer<T> = { ok: true; body: T } | { ok: false; failure: Failure }

/** A call of the API, without its token. */
export type Call = {
  path: string
  query?: Record<string, string>
} & (
  | { harmless: true /** a repeat is seen by nobody */; method: 'GET' | 'POST'; body?: () => string | FormData }
  | { harmless: false; method: 'POST'; body: () => string }
)

export interface Api {
  /** The parsed JSON answer. */
  json<T>(call: Call, schema: v.GenericSchema<unknown, T>, signal: AbortSignal): Promise<Answer<T>>
  /** The answer as it came, when it is not an error in JSON. */
  raw(call: Call, signal: AbortSignal): Promise<Answer<{ type: string; content: Response }>>
}

const errorAnswer = v.object({ errcode: v.number(), errmsg: v.optional(v.string(), '') })

/** Calls with the shared token; a token that WeChat calls bad is renewed and the call made once more. */
export function createApi(baseUrl: string, tokens: Tokens): Api {
  const raw: Api['raw'] = async (call, signal) => {
    try {
      const token = await tokens.current()
      const first = await once(baseUrl, call, token, signal)
      if (first.ok || !isTokenError(Number(first.failure.code))) return first
      return await once(baseUrl, call, await tokens.renew(token), signal)
    } catch (error) {
      return { ok: false, failure: error instanceof NoToken ? error.failure : lostFailure(error, true) }
    }
  }
  return {
    raw,
    async json(call, schema, signal) {
      const answer = await raw(call, signal)
      if (!answer.ok) return answer
      const parsed = v.safeParse(schema, await jsonOf(answer.body.content))
      if (parsed.success) return { ok: true, body: parsed.output }
      return { ok: false, failure: oddAnswer(answer.body.content.status, call.harmless) }
    },
  }
}

async function once(
  baseUrl: string,
  call: Call,
  token: string,
  signal: AbortSignal,
): Promise<Answer<{ type: string; content: Response }>> {
  const query = new URLSearchParams({ access_token: token, ...call.query })
  try {
    const url = `${baseUrl}${call.path}?${query}`
    const either = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
    const response = call.harmless ? await fetchIt(url, call, either) : await postOnce(url, call.body(), either)
    const type = response.headers.get('content-type') ?? ''
    if (!/json|text\/plain/.test(type)) return answered(response, type, call)
    const text = await response.text()
    const error = v.safeParse(errorAnswer, parseJson(text))
    if (error.success && error.output.errcode !== 0) {
      return { ok: false, failure: failureOf(error.output.errcode, error.output.errmsg) }
    }
    return answered(new Response(text, { status: response.status }), type, call)
  } catch (error) {
    return { ok: false, failure: lostFailure(error, call.harmless) }
  }
}

const fetchIt = (url: string, call: Call & { harmless: true }, signal: AbortSignal): Promise<Response> =>
  fetch(url, { method: call.method, signal, redirect: 'error', ...(call.body && { body: call.body() }) })

function answered(response: Response, type: string, call: Call): Answer<{ type: string; content: Response }> {
  if (response.status === 200) return { ok: true, body: { type, content: response } }
  void response.body?.cancel()
  return { ok: false, failure: oddAnswer(response.status, call.harmless) }
}

/** Null for what is not JSON, too long or broke off. */
const jsonOf = (response: Response): Promise<unknown> => response.text().then(parseJson, () => null)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
