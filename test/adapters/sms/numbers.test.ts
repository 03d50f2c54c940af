import { describe, expect, it } from 'vitest'
import { toE164 } from '../../../adapters/sms/numbers.ts'

describe('canonical numbers', () => {
  it.each([
    ['+1 (202) 555-0123', undefined, '+12025550123'],
    ['0044 20 7946 0018', undefined, '+442079460018'],
    ['\u202a+86 138 0013 8000\u202c', undefined, '+8613800138000'],
    ['＋８６１３８００１３８０００', undefined, '+8613800138000'],
    ['138 0013 8000', 'CN', '+8613800138000'],
    ['(202) 555-0123', 'US', '+12025550123'],
    ['+86 138 0013 8000', 'US', '+8613800138000'],
    ['202 555 0123', undefined, null],
    ['+1 202', undefined, null],
    ['1-800-FLOWERS', 'US', null],
    ['ACME', undefined, null],
    ['12345', undefined, null],
    ['138 0013 8000', 'XX', null],
  ])('%j in %s is %s', (raw, country, address) => {
    expect(toE164(raw, country)).toBe(address)
  })
})
