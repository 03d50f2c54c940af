import * as v from 'valibot'
import type { Identity, Millis } from '../../src/model.ts'
import type { Api } from './api.ts'

/** What WeChat tells of a follower. Since the end of 2021 the nickname is empty; the operator's remark is there. */
const info = v.object({
  remark: v.optional(v.string(), ''),
  nickname: v.optional(v.string(), ''),
  language: v.optional(v.string(), ''),
})

type About = Pick<Identity, 'displayName' | 'language'>

/** WeChat waits five seconds for our answer to its message; a name is worth a second of them. */
const PATIENCE_MS = 1_000
const KEEP_MS: Millis = 3_600_000
const KEEP_COUNT = 10_000

export type Followers = (openid: string) => Promise<About>

/**
 * Who a follower is, asked once an hour and person. Never fails: a name is nice to have, and accounts that are
 * not verified have no right to ask.
 */
export function createFollowers(api: Api, now: () => Millis): Followers {
  const known = new Map<string, { about: Promise<About>; until: Millis }>()
  return (openid) => {
    const found = known.get(openid)
    if (found !== undefined && found.until > now()) return found.about
    const about = ask(api, openid)
    known.delete(openid)
    known.set(openid, { about, until: now() + KEEP_MS })
    for (const oldest of known.keys()) {
      if (known.size <= KEEP_COUNT) break
      known.delete(oldest)
    }
    return about
  }
}

async function ask(api: Api, openid: string): Promise<About> {
  const call = { path: '/cgi-bin/user/info', query: { openid, lang: 'zh_CN' }, method: 'GET', harmless: true } as const
  const late = Promise.withResolvers<null>()
  const timer = setTimeout(() => late.resolve(null), PATIENCE_MS)
  const answer = await Promise.race([api.json(call, info, AbortSignal.timeout(PATIENCE_MS)), late.promise])
  clearTimeout(timer)
  if (answer === null || !answer.ok) return {}
  const displayName = answer.body.remark.trim() || answer.body.nickname.trim()
  const language = answer.body.language.replace('_', '-')
  return { ...(displayName !== '' && { displayName }), ...(language !== '' && { language }) }
}
