import { describe, expect, it } from 'vitest'
import en from '../../inbox/src/locales/en.json' with { type: 'json' }
import zh from '../../inbox/src/locales/zh.json' with { type: 'json' }
import { assignmentDecisionView, deliveryView, eventView, healthView, routeView } from '../../src/views.ts'

type Words = { [key: string]: string | Words }

const PLURAL = /_(zero|one|two|few|many|other)$/

const entriesOf = (words: Words, path = ''): [string, string][] =>
  Object.entries(words).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[`${path}${key}`, value]] : entriesOf(value, `${path}${key}.`),
  )

const keysOf = (words: Words): string[] => [...new Set(entriesOf(words).map(([key]) => key.replace(PLURAL, '')))].sort()

const slotsOf = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? ''))].sort()

describe('the words of the inbox', () => {
  it('exist in both languages', () => {
    expect(keysOf(zh)).toEqual(keysOf(en))
  })

  it('have every plural form their language needs', () => {
    const forms = { en: ['one', 'other'], zh: ['other'] }
    for (const [lang, words] of Object.entries({ en, zh } as Record<'en' | 'zh', Words>)) {
      const keys = new Set(entriesOf(words).map(([key]) => key))
      const plural = [...keys].filter((key) => PLURAL.test(key)).map((key) => key.replace(PLURAL, ''))
      for (const key of plural)
        for (const form of forms[lang as 'en' | 'zh']) expect(keys, lang).toContain(`${key}_${form}`)
    }
  })

  it('name the same things in both languages', () => {
    const other = new Map(entriesOf(zh))
    for (const [key, text] of entriesOf(en)) {
      const translated = other.get(key)
      if (translated !== undefined) expect(slotsOf(translated), key).toEqual(slotsOf(text))
    }
  })

  it('are never empty and never the English ones in Chinese', () => {
    for (const [key, text] of entriesOf(zh)) {
      expect(text.trim(), key).not.toBe('')
      const own = text.replace(/\{\{\w+\}\}|VIP|[^\p{L}]/gu, '')
      if (own !== '') expect(text, key).toMatch(/\p{Script=Han}/u)
    }
  })

  it.each([
    ['route', routeView.entries.reason.wrapped.options],
    ['health', healthView.entries.state.options],
    ['delivery', deliveryView.entries.state.options],
    ['why.rejected', assignmentDecisionView.entries.candidates.item.entries.rejected.wrapped.options],
    ['why.rule', assignmentDecisionView.entries.rule.options],
  ])('say every %s the hub may answer', (prefix, values) => {
    for (const words of [en, zh]) {
      const keys = new Set(entriesOf(words).map(([key]) => key))
      for (const value of values) expect(keys).toContain(`${prefix}.${value}`)
    }
  })

  it('know every kind of event', async () => {
    const { eventWords } = await import('../../inbox/src/thread/event-words.ts')
    const directory = {
      accounts: new Map(),
      agents: new Map(),
      teams: new Map(),
      labels: new Map(),
      channels: new Map(),
    }
    const told: string[] = []
    const t = ((key: string) => told.push(key) && key) as never
    for (const type of eventView.entries.type.options) {
      const event = { id: type, seq: 1, type, actorId: null, data: {}, at: 0 }
      eventWords(event, { t, lang: 'en', now: 0, meId: 'me', directory })
    }
    const keys = keysOf(en)
    for (const key of told) expect(keys).toContain(key)
  })
})
