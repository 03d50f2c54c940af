import * as v from 'valibot'
import { readJson } from './body.ts'
import type { Call, Limits } from './endpoint.ts'
import { json, Problem, tooMany } from './problem.ts'
import { type Session, startUser, startVisitor, userOfHash, userOfJwt } from './session.ts'

const request = v.object({
  jwt: v.optional(v.pipe(v.string(), v.maxLength(4096))),
  user: v.optional(v.object({ id: v.string(), hash: v.string() })),
})

/** The hub's own header: the address it saw. Absent where it could not tell; then nobody is slowed down for others' haste. */
const CLIENT_IP = 'x-onethread-client-ip'

/** A proxy on the same machine makes everybody come from there: no ground to count on. */
const isLoopback = (ip: string): boolean => ip === '::1' || /^(?:::ffff:)?127\./.test(ip)

export async function startSession(call: Call, limits: Limits): Promise<Response> {
  const { context, config } = call
  const ip = call.request.headers.get(CLIENT_IP)
  if (ip && !isLoopback(ip)) {
    const wait = limits.sessions.take(ip, context.now())
    if (wait > 0) throw tooMany(wait)
  }
  const { jwt, user } = await readJson(call.request, request)
  if (!jwt && !user) return answer(startVisitor(context.secret))
  if (!config.identitySecret)
    throw new Problem(401, 'identity_not_set_up', 'Set an identity secret in the settings of this account first.')
  const known = jwt
    ? await userOfJwt(config.identitySecret, jwt, context.now())
    : userOfHash(config.identitySecret, user?.id ?? '', user?.hash ?? '')
  return answer(startUser(context.secret, known, context.now()))
}

const answer = ({ token, address, until, name }: Session): Response =>
  json({ token, address, until, name: name ?? null }, 201)
