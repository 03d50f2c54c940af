import { describe, expect, it } from 'vitest'
import { bytes } from '../../inbox/src/format/bytes.ts'
import { brief, clock, day, moment, span, waited } from '../../inbox/src/format/time.ts'
import { fieldValue, snoozeTimes } from '../../inbox/src/thread/snooze-times.ts'

const NOW = Date.parse('2026-11-21T14:00:00Z')
const MIN = 60_000
const HOUR = 60 * MIN
const DAY = 24 * HOUR

describe('times as people say them', () => {
  it.each([
    [20_000, 'Now', '现在'],
    [4 * MIN, '4 min', '4分钟'],
    [3 * HOUR, '11:00', '11:00'],
    [DAY, 'Yesterday', '昨天'],
    [3 * DAY, 'Wed', '周三'],
    [40 * DAY, 'Oct 12', '10月12日'],
  ])('in a list, %i ms ago: %s', (age, en, zh) => {
    expect(brief(NOW - age, NOW, 'en', 'UTC')).toBe(en)
    expect(brief(NOW - age, NOW, 'zh', 'UTC')).toBe(zh)
  })

  it('name the day in the viewer’s own zone', () => {
    const late = Date.parse('2026-11-20T23:30:00Z')
    expect(day(late, NOW, 'en', 'UTC')).toBe('Yesterday')
    expect(day(late, NOW, 'en', 'Asia/Shanghai')).toBe('Today')
    expect(clock(late, 'en', 'Asia/Shanghai')).toBe('07:30')
    expect(day(NOW - 400 * DAY, NOW, 'en', 'UTC')).toContain('2025')
  })

  it('say lengths short, and never less than a minute', () => {
    expect(span(1000, 'en')).toBe('1 min')
    expect(span(31 * HOUR, 'en')).toBe('31 hr')
    expect(span(3 * DAY, 'zh')).toBe('3天')
  })

  it('say of a wait that has just begun that it is now', () => {
    expect(waited(5000, 'en')).toBe('Now')
    expect(waited(5000, 'zh')).toBe('现在')
    expect(waited(-2000, 'en')).toBe('Now')
    expect(waited(4 * MIN, 'en')).toBe('4 min')
  })

  it('say moments that are still ahead', () => {
    expect(moment(NOW + DAY, NOW, 'en', 'UTC')).toBe('Tomorrow 14:00')
    expect(moment(NOW + DAY, NOW, 'zh', 'UTC')).toBe('明天 14:00')
  })
})

describe('snooze', () => {
  it('offers only moments that are ahead, in order', () => {
    for (let hour = 0; hour < 24 * 7; hour += 1) {
      const now = NOW + hour * HOUR
      const times = snoozeTimes(now).map((one) => one.at)
      expect(Math.min(...times)).toBeGreaterThan(now)
      expect(new Set(times).size).toBe(times.length)
    }
  })

  it('fills the date field with the moment in local time', () => {
    expect(new Date(fieldValue(NOW)).getTime()).toBe(NOW)
  })
})

describe('sizes', () => {
  it('are rounded to what matters', () => {
    expect(bytes(812, 'en')).toBe('812 byte')
    expect(bytes(14_200, 'en')).toBe('14 kB')
    expect(bytes(2_340_000, 'en')).toBe('2.3 MB')
  })
})
