import { safeParse } from 'valibot'
import { describe, expect, it } from 'vitest'
import { normalizeAddress } from '../../../adapters/email/address.ts'
import { emailConfig } from '../../../adapters/email/config.ts'

describe('one person has one address', () => {
  it.each([
    [' Ann.Lee@Example.COM ', 'ann.lee@example.com'],
    ['Ann Lee <ann@example.com>', 'ann@example.com'],
    ['mailto:ann@example.com', 'ann@example.com'],
    ['ann+shop@example.com', 'ann+shop@example.com'],
    ['王@例子.测试', '王@xn--fsqu00a.xn--0zwm56d'],
    ['a@xn--fsqu00a.xn--0zwm56d', 'a@xn--fsqu00a.xn--0zwm56d'],
  ])('%s', (typed, canonical) => {
    expect(normalizeAddress(typed)).toBe(canonical)
    expect(normalizeAddress(canonical)).toBe(canonical)
  })

  it.each([
    '',
    'ann',
    '@example.com',
    'ann@',
    'a b@example.com',
    'ann@exa mple.com',
    'a@b@',
    `${'x'.repeat(65)}@example.com`,
  ])('no address: %s', (typed) => {
    expect(normalizeAddress(typed)).toBeNull()
  })
})

describe('the settings of an account', () => {
  it('need a way in', () => {
    const read = safeParse(emailConfig, { address: 'support@shop.example' })
    expect(read.issues?.[0].message).toContain('a way in')
  })

  it('need an address', () => {
    expect(safeParse(emailConfig, { address: 'support', smtpInPort: 2525 }).issues?.[0].message).toContain(
      'name@example.com',
    )
  })
})
