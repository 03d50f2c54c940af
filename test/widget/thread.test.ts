import { describe, expect, it } from 'vitest'
import { contrast, textOn } from '../../widget/src/color.ts'
import { groupsOf, isEmojiOnly, linked } from '../../widget/src/thread.ts'
import { dayOf } from '../../widget/src/when.ts'
import { fill, wordsOf } from '../../widget/src/words.ts'

const NOON = new Date(2026, 4, 4, 12).getTime()
const MINUTE = 60_000

const message = (seq: number, over: object = {}) => ({
  seq,
  id: `m${seq}`,
  by: 'visitor' as const,
  clientId: `c${seq}`,
  text: 'hi',
  media: [],
  author: null,
  at: NOON + seq,
  state: null,
  ...over,
})
const waiting = (clientId: string) => ({ clientId, text: 'hi', files: [], at: NOON + 99, state: 'queued' as const })

describe('the thread as it is drawn', () => {
  it('puts messages of one writer within five minutes together', () => {
    const thread = [
      message(1),
      message(2),
      message(3, { by: 'hub', clientId: null, author: 'Wang' }),
      message(4, { by: 'hub', clientId: null, author: 'Li' }),
      message(5, { by: 'hub', clientId: null, author: 'Li', at: NOON + 6 * MINUTE }),
      message(6, { by: 'hub', clientId: null, author: 'Li', at: NOON + 24 * 60 * MINUTE }),
    ]
    const groups = groupsOf(thread, [])
    expect(groups.map(({ bubbles }) => bubbles.length)).toEqual([2, 1, 1, 1, 1])
    expect(groups.map(({ day }) => day !== null)).toEqual([true, false, false, false, true])
  })

  it('shows what is not in the thread yet at its end, and once', () => {
    const bubbles = groupsOf([message(1), message(2)], [waiting('c2'), waiting('c3')]).flatMap((group) => group.bubbles)
    expect(bubbles.map(({ key, state }) => [key, state])).toEqual([
      ['c1', 'sent'],
      ['c2', 'sent'],
      ['c3', 'sending'],
    ])
  })

  it.each([
    ['see https://a.example/x?y=1&z=(2), ok?', 'https://a.example/x?y=1&z=(2'],
    ['见 https://a.example/路径。谢谢', 'https://a.example/路径'],
    ['“http://a.example”', 'http://a.example'],
    ['(https://a.example/b.)', 'https://a.example/b'],
  ])('makes links of web addresses: %s', (text, href) => {
    const parts = linked(text)
    expect(parts.flatMap((part) => (typeof part === 'string' ? [] : [part.href]))).toEqual([href])
    expect(parts.map((part) => (typeof part === 'string' ? part : part.href)).join('')).toBe(text)
  })

  it.each(['javascript:alert(1)', 'data:text/html,x', 'ftp://a.example', 'https://'])('makes none of %s', (text) => {
    expect(linked(text)).toEqual([text])
  })

  it('shows a few emoji large, and neither numbers nor words', () => {
    expect(['👍', '👩‍👩‍👧 🎉', '❤️'].map(isEmojiOnly)).toEqual([true, true, true])
    expect(['1', 'ok 👍', '👍👍👍👍', ''].map(isEmojiOnly)).toEqual([false, false, false, false])
  })
})

describe('its looks', () => {
  it.each(['#4457d9', '#f2c037', '#2f6b4f', '#000000', '#ffffff', '#ff0000', '#00e5ff', '#7a7a7a'])(
    'puts readable text on %s',
    (accent) => {
      expect(contrast(accent, textOn(accent))).toBeGreaterThan(3.9)
    },
  )

  it('says days as people do', () => {
    const day = (days: number) => new Date(2026, 4, 4 - days).getTime()
    const words = wordsOf('en')
    expect(dayOf(day(0), NOON, 'en-GB', words)).toBe('Today')
    expect(dayOf(day(1), NOON, 'en-GB', words)).toBe('Yesterday')
    expect(dayOf(day(4), NOON, 'zh-CN', wordsOf('zh'))).toMatch(/4月30日/)
  })

  it('has the same places to fill in in both languages', () => {
    const [en, zh] = [wordsOf('en'), wordsOf('zh')]
    const places = (text: string) => text.match(/\{\w+\}/g) ?? []
    for (const key of Object.keys(en) as (keyof typeof en)[]) expect(places(zh[key])).toEqual(places(en[key]))
    expect(fill(en.remove, { name: 'a.png' })).toBe('Remove a.png')
  })
})
