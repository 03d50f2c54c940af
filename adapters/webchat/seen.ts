import * as v from 'valibot'
import type { RemoteId } from '../../src/model.ts'
import { readJson } from './body.ts'
import type { Limits, VisitorCall } from './endpoint.ts'
import { topics } from './endpoint.ts'
import { isShown, PAGE } from './messages.ts'

const position = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const seenRequest = v.object({
  after: v.optional(position, 0),
  upTo: position,
  state: v.picklist(['delivered', 'read']),
})
const typingRequest = v.object({ on: v.boolean() })

/** Of a thread whose browser lost its place, no more than this is reported at once. */
const MAX_PAGES = 10

const nothing = () => new Response(null, { status: 204 })

/**
 * The visitor's browser got, or the visitor saw, the hub's messages in (after, upTo]. The receipt's id is stable, so
 * two tabs that report the same make one receipt.
 */
export async function postSeen({ request, context, visitor, sink }: VisitorCall): Promise<Response> {
  const { after, upTo, state } = await readJson(request, seenRequest)
  const done = state === 'read' ? ['read'] : ['delivered', 'read']
  let position = after
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page = await context.history(visitor.address, position, PAGE)
    const fresh = page.filter(
      (message) =>
        message.direction === 'out' && message.seq <= upTo && isShown(message) && !done.includes(message.state ?? ''),
    )
    for (const { id } of fresh) {
      await sink.emit({
        kind: 'receipt',
        account: context.account,
        id: `${id}:${state}`,
        at: context.now(),
        of: { remote: id as RemoteId },
        status: state,
      })
    }
    position = page.at(-1)?.seq ?? upTo
    if (page.length < PAGE || position >= upTo) break
  }
  return nothing()
}

/** Told to whoever listens now, and to nobody later. Too many are dropped without a word: they carry nothing. */
export async function postTyping({ request, context, visitor }: VisitorCall, limits: Limits): Promise<Response> {
  const { on } = await readJson(request, typingRequest)
  if (limits.typing.take(visitor.address, context.now()) === 0)
    context.live.publish(topics.typing, { address: visitor.address, on })
  return nothing()
}
