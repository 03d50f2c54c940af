import { describe, expect, it } from 'vitest'
import {
  deliveryFailure,
  failureOf,
  needsOperator,
  networkFailure,
  type Refusal,
} from '../../../adapters/sms/errors.ts'

const refusal = (status: number, code: number | null, over: Partial<Refusal> = {}): Refusal => ({
  status,
  code,
  message: 'in Twilio’s words',
  retryAfterMs: null,
  ...over,
})

describe('what Twilio’s refusals mean', () => {
  it.each([
    [429, 20429, 'throttled'],
    [429, null, 'throttled'],
    [400, 21611, 'retryable'],
    [400, 30001, 'retryable'],
    [500, 20500, 'retryable'],
    [503, 20503, 'retryable'],
    [502, null, 'uncertain'],
    [504, null, 'uncertain'],
    [400, 21211, 'permanent'],
    [400, 21614, 'permanent'],
    [400, 21610, 'permanent'],
    [400, 30007, 'permanent'],
    [400, 21606, 'permanent'],
    [400, 21408, 'permanent'],
    [400, 30034, 'permanent'],
    [401, 20003, 'permanent'],
    [400, 99999, 'permanent'],
    [404, null, 'permanent'],
  ])('%i with code %s is %s', (status, code, expected) => {
    expect(failureOf(refusal(status, code)).class).toBe(expected)
  })

  it('keeps Twilio’s word on when to come back', () => {
    expect(failureOf(refusal(429, 20429, { retryAfterMs: 7000 }))).toMatchObject({ retryAfterMs: 7000 })
    expect(failureOf(refusal(503, 20503, { retryAfterMs: 9000 }))).toMatchObject({ retryAfterMs: 9000 })
    expect(failureOf(refusal(429, 20429, { retryAfterMs: 0 }))).toMatchObject({ retryAfterMs: 1 })
  })

  it('speaks to people, and passes on Twilio’s words where it has none', () => {
    expect(failureOf(refusal(400, 21610)).detail).toContain('opted out')
    expect(failureOf(refusal(400, 12345)).detail).toBe('in Twilio’s words')
    expect(failureOf(refusal(400, 12345, { message: '' })).detail).toBe('Twilio error 12345.')
  })

  it('knows which ones the operator must mend', () => {
    expect(needsOperator(refusal(401, 20003))).toBe(true)
    expect(needsOperator(refusal(400, 21606))).toBe(true)
    expect(needsOperator(refusal(400, 21211))).toBe(false)
  })

  it('an undelivered message may be tried later only where that can help', () => {
    expect(deliveryFailure(30003, '')).toMatchObject({ class: 'retryable', retryAfterMs: 30 * 60_000 })
    expect(deliveryFailure(30008, '')).toMatchObject({ class: 'retryable' })
    expect(deliveryFailure(30007, '')).toMatchObject({ class: 'permanent' })
    expect(deliveryFailure(null, '')).toMatchObject({ class: 'permanent', code: 'undelivered' })
  })
})

describe('what a broken connection means', () => {
  const error = (fields: object) => Object.assign(new Error('x'), fields)
  it.each([
    ['refused', { code: 'ECONNREFUSED' }, 'retryable'],
    ['no such host', { code: 'ENOTFOUND' }, 'retryable'],
    ['timed out while connecting', { code: 'ETIMEDOUT', syscall: 'connect' }, 'retryable'],
    ['the SDK’s wrapping of it', { code: 'ETIMEDOUT', cause: error({ syscall: 'connect' }) }, 'retryable'],
    ['reset', { code: 'ECONNRESET' }, 'uncertain'],
    ['timed out while waiting', { code: 'ECONNABORTED' }, 'uncertain'],
    ['something else', {}, 'uncertain'],
  ])('%s', (_case, fields, expected) => {
    expect(networkFailure(error(fields)).class).toBe(expected)
  })
})
