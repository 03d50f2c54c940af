import { describe, expect, it } from 'vitest'
import { createPacer } from '../../../adapters/sms/pacer.ts'

const never = new AbortController().signal

describe('the pace of a sender', () => {
  it('lets the first go at once', async () => {
    const pacer = createPacer(0.1, () => 0)
    expect(await pacer.take(5, never)).toEqual({ go: true })
  })

  it('sends at the sender’s rate', async () => {
    const pacer = createPacer(20, Date.now)
    const started = Date.now()
    for (let count = 0; count < 5; count += 1) await pacer.take(1, never)
    expect(Date.now() - started).toBeGreaterThanOrEqual(195)
  })

  it('gives a long wait back instead of holding on to it, and takes no room for it', async () => {
    let now = 0
    const pacer = createPacer(1, () => now)
    await pacer.take(10, never)
    expect(await pacer.take(1, never)).toEqual({ go: false, afterMs: 10_000 })
    expect(await pacer.take(1, never)).toEqual({ go: false, afterMs: 10_000 })
    now = 10_000
    expect(await pacer.take(1, never)).toEqual({ go: true })
  })

  it('stops waiting when it is told to', async () => {
    const pacer = createPacer(1, Date.now)
    await pacer.take(2, never)
    expect(await pacer.take(1, AbortSignal.timeout(10))).toEqual({ go: false, afterMs: 0 })
  })
})
