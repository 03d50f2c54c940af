import { describe, expect, it, vi } from 'vitest'
import { BusyDay, type Play } from '../../sandbox/desk/busy-day.ts'
import { BUSY_DAY } from '../../sandbox/desk/busy-day-script.ts'
import { CUSTOMERS, DEVICES } from '../../sandbox/desk/people.ts'
import type { Draft } from '../../sandbox/desk/screens.ts'

function day(secondMs: number) {
  const said: { device: string; customer: string; draft: Draft }[] = []
  const seen: Play[] = []
  const made = new BusyDay({
    say: (device, customer, draft) => void said.push({ device, customer, draft }),
    prepare: async () => {},
    changed: (play) => void seen.push(play),
    secondMs,
  })
  return { made, said, seen }
}

describe('a busy day', () => {
  it('is a minute of about thirty messages by ten people on every device, in two languages', () => {
    const people = new Set(BUSY_DAY.map(({ device, who }) => CUSTOMERS[device][who]?.name))
    expect(BUSY_DAY.length).toBeGreaterThanOrEqual(30)
    expect(people.size).toBeGreaterThanOrEqual(10)
    expect(people).not.toContain(undefined)
    expect(new Set(BUSY_DAY.map(({ device }) => device))).toEqual(new Set(DEVICES))
    expect(BUSY_DAY.map(({ at }) => at)).toEqual(BUSY_DAY.map(({ at }) => at).toSorted((a, b) => a - b))
    expect(BUSY_DAY.at(-1)?.at).toBeLessThan(62)
    expect(BUSY_DAY.map(({ text }) => text)).toEqual(expect.arrayContaining(['STOP', 'START']))
    expect(BUSY_DAY.some(({ text }) => /[\u4e00-\u9fff]/.test(text))).toBe(true)
  })

  it('says everything once, with pictures, and tells how far it is', async () => {
    const { made, said, seen } = day(0)
    await Promise.all([made.play(), made.play()])
    expect(said).toHaveLength(BUSY_DAY.length)
    expect(said.some(({ draft }) => draft.media[0]?.mimeType === 'image/png')).toBe(true)
    expect(seen.at(-1)).toEqual({ running: false, said: BUSY_DAY.length, of: BUSY_DAY.length })
  })

  it('stops when asked, and can be played again', async () => {
    const { made, said } = day(60_000)
    const playing = made.play()
    await vi.waitFor(() => expect(said.length).toBe(1))
    made.stop()
    await playing
    expect(said).toHaveLength(1)
    expect(made.now.running).toBe(false)
    const again = made.play()
    await vi.waitFor(() => expect(said.length).toBe(2))
    made.stop()
    await again
  })
})
