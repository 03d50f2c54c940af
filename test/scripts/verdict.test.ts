import { describe, expect, it } from 'vitest'

interface Results {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { status: string; assertionResults: { status: string }[] }[]
}
interface Verdicts {
  verdict(code: number, results: Results | null): { good: boolean; closing: string; code: number }
}

// The scripts are plain JavaScript for any Node from 18 on; their types are told here.
const source = new URL('../../scripts/setup/tests.mjs', import.meta.url).href
const { verdict } = (await import(source)) as Verdicts

const results = (numPassedTests: number, numFailedTests = 0, numPendingTests = 0): Results => ({
  numPassedTests,
  numFailedTests,
  numPendingTests,
  numTodoTests: 0,
  testResults: [],
})

describe('the closing line of a test run', () => {
  it('counts what passed, failed and was skipped', () => {
    expect(verdict(0, results(12))).toEqual({ good: true, closing: '12 passed, 0 failed', code: 0 })
    expect(verdict(1, results(10, 2))).toEqual({ good: false, closing: '10 passed, 2 failed', code: 1 })
    expect(verdict(0, results(10, 0, 3)).closing).toBe('10 passed, 0 failed, 3 skipped')
  })

  it('never says that nothing failed of a run that was not good', () => {
    expect(verdict(0, results(0))).toMatchObject({ good: false, closing: '0 passed, 1 failed', code: 1 })
    expect(verdict(1, results(5))).toMatchObject({ good: false, closing: '5 passed, 1 failed' })
    expect(verdict(1, null)).toMatchObject({ good: false, closing: '0 passed, 1 failed' })
  })

  it('counts a file that could not be loaded', () => {
    const broken = { ...results(5), testResults: [{ status: 'failed', assertionResults: [] }] }
    expect(verdict(1, broken).closing).toBe('5 passed, 1 failed')
  })
})
