import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RateLimit } from '../../../adapters/webchat/rate-limit.ts'
import { sign, unsign } from '../../../adapters/webchat/signed.ts'

it('never grants more than the burst and what was refilled since, whatever the haste', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 200 }), (pauses) => {
      const limit = new RateLimit(10, 60)
      let now = 0
      let granted = 0
      for (const pause of pauses) {
        now += pause
        if (limit.take('v', now) === 0) granted += 1
      }
      expect(granted).toBeLessThanOrEqual(10 + now / 1000 + 1e-6)
    }),
  )
})

it('grants again after exactly the wait it named', () => {
  const limit = new RateLimit(1, 30)
  expect(limit.take('v', 0)).toBe(0)
  const wait = limit.take('v', 0)
  expect(wait).toBe(2000)
  expect(limit.take('v', wait)).toBe(0)
})

it('believes only what it signed, for the purpose it was signed for', () => {
  const secret = new Uint8Array(32).fill(7)
  const signed = sign(secret, 'file', { id: 1 })
  expect(unsign(secret, 'file', signed)).toEqual({ id: 1 })
  expect(unsign(secret, 'session', signed)).toBeNull()
  expect(unsign(new Uint8Array(32), 'file', signed)).toBeNull()
  fc.assert(fc.property(fc.string(), (text) => unsign(secret, 'file', text) === null))
})
