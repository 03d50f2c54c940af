import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { errors, jwtVerify } from 'jose'
import * as v from 'valibot'
import type { Millis } from '../../src/model.ts'
import { Problem } from './problem.ts'
import { sign, unsign } from './signed.ts'

/** After this a signed-in visitor's browser must be told again by their website who they are. */
export const USER_SESSION_MS: Millis = 12 * 60 * 60_000
/** A website's token that lives longer than this is no proof of who sits there now. */
export const MAX_JWT_LIFE_MS: Millis = 24 * 60 * 60_000

/**
 * What a browser keeps. A visitor's is 256 random bits, derived from nothing; the signature beside it says that this
 * account gave it out, so that nobody makes up sessions by the million. A user's names who the website said it is.
 */
const document = v.union([
  v.object({ visitor: v.string() }),
  v.object({ user: v.string(), name: v.optional(v.string()), until: v.number() }),
])

export interface Visitor {
  address: string
  verified: boolean
  /** The name that the website vouches for. */
  name?: string
}

export interface Session extends Visitor {
  token: string
  /** When the token stops working; null = never. */
  until: Millis | null
}

/** The address says nothing about the token: who sees it in the inbox cannot speak for the visitor. */
const visitorAddress = (visitor: string): string =>
  `v_${createHash('sha256').update(visitor).digest('base64url').slice(0, 22)}`

const visible = (text: string): boolean => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)
const userId = v.pipe(v.string(), v.minLength(1), v.maxLength(128), v.check(visible))
const userName = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100), v.check(visible))

export function startVisitor(secret: Uint8Array): Session {
  const visitor = randomBytes(32).toString('base64url')
  return {
    token: sign(secret, 'session', { visitor }),
    address: visitorAddress(visitor),
    verified: false,
    until: null,
  }
}

export function startUser(secret: Uint8Array, user: { id: string; name?: string }, now: Millis): Session {
  const until = now + USER_SESSION_MS
  const named = user.name === undefined ? {} : { name: user.name }
  return {
    token: sign(secret, 'session', { user: user.id, until, ...named }),
    address: `u_${user.id}`,
    verified: true,
    until,
    ...named,
  }
}

/** Nobody is named, or no longer: start again. */
const notSignedIn = (code: string, detail: string) =>
  new Problem(401, code, detail, { headers: { 'www-authenticate': 'Bearer' } })
/** Somebody is named whom nobody vouches for. */
const forged = (code: string, detail: string) => new Problem(403, code, detail)

/** Who sends this request. Every endpoint but the page and the start of a session asks. */
export function visitorOf(secret: Uint8Array, authorization: string | null, now: Millis): Visitor {
  const token = /^Bearer ([\w.-]{1,2000})$/.exec(authorization ?? '')?.[1]
  if (!token) throw notSignedIn('no_session', 'Send the session token: Authorization: Bearer …')
  const parsed = v.safeParse(document, unsign(secret, 'session', token))
  if (!parsed.success) throw forged('bad_session', 'This session token is not one of ours. Start a new session.')
  if ('visitor' in parsed.output) return { address: visitorAddress(parsed.output.visitor), verified: false }
  const { user, name, until } = parsed.output
  if (until <= now) throw notSignedIn('session_expired', 'The session has expired. Identify the user again.')
  return { address: `u_${user}`, verified: true, ...(name === undefined ? {} : { name }) }
}

/** The user whom the website's short-lived token names (JWT, HS256, claims sub and exp, optional name). */
export async function userOfJwt(
  identitySecret: string,
  jwt: string,
  now: Millis,
): Promise<{ id: string; name?: string }> {
  try {
    const { payload } = await jwtVerify(jwt, new TextEncoder().encode(identitySecret), {
      algorithms: ['HS256'],
      requiredClaims: ['sub', 'exp'],
      clockTolerance: 30,
      currentDate: new Date(now),
    })
    if ((payload.exp ?? 0) * 1000 - now > MAX_JWT_LIFE_MS)
      throw forged('long_lived_token', 'The identity token must expire within 24 hours.')
    const id = v.safeParse(userId, payload.sub)
    if (!id.success) throw forged('bad_identity', 'The sub claim must be 1 to 128 visible characters.')
    const name = v.safeParse(userName, payload.name)
    return { id: id.output, ...(name.success ? { name: name.output } : {}) }
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw notSignedIn('identity_expired', 'The identity token has expired.')
    if (error instanceof errors.JOSEError)
      throw forged('bad_identity', 'The identity token is not valid for this account.')
    throw error
  }
}

/** For older integrations: hex HMAC-SHA256 of the user id under the identity secret. */
export function userOfHash(identitySecret: string, user: string, hash: string): { id: string } {
  const wanted = createHmac('sha256', identitySecret).update(user).digest()
  const given = Buffer.from(hash, 'hex')
  const id = v.safeParse(userId, user)
  if (!id.success || given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw forged('bad_identity', 'The user hash is not valid for this account.')
  return { id: id.output }
}
