import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countSegments } from '../../../adapters/sms/segments.ts'

describe('segments of a text message', () => {
  it.each([
    ['nothing', '', 'GSM-7', 1, 0],
    ['160 letters', 'a'.repeat(160), 'GSM-7', 1, 160],
    ['161 letters', 'a'.repeat(161), 'GSM-7', 2, 161],
    ['306 letters', 'a'.repeat(306), 'GSM-7', 2, 306],
    ['307 letters', 'a'.repeat(307), 'GSM-7', 3, 307],
    ['80 euro signs cost two each', '€'.repeat(80), 'GSM-7', 1, 160],
    ['81 euro signs', '€'.repeat(81), 'GSM-7', 2, 162],
    ['an escape never splits over two segments', `${'a'.repeat(152)}€${'a'.repeat(152)}`, 'GSM-7', 3, 306],
    ['70 Chinese characters', '你'.repeat(70), 'UCS-2', 1, 70],
    ['71 Chinese characters', '你'.repeat(71), 'UCS-2', 2, 71],
    ['134 Chinese characters', '你'.repeat(134), 'UCS-2', 2, 134],
    ['an emoji makes all of it UCS-2', `${'a'.repeat(69)}🎂`, 'UCS-2', 2, 71],
    ['an emoji never splits over two segments', `${'你'.repeat(66)}🎂${'你'.repeat(66)}`, 'UCS-2', 3, 134],
    ['a typographic apostrophe is not GSM', 'it’s', 'UCS-2', 1, 4],
    ['accents that GSM has', 'àéùñÜß', 'GSM-7', 1, 6],
  ] as const)('%s', (_case, text, encoding, segments, units) => {
    expect(countSegments(text)).toMatchObject({ encoding, segments, units })
  })

  it('says what is left in the last segment', () => {
    expect(countSegments('a'.repeat(150)).left).toBe(10)
    expect(countSegments('a'.repeat(161)).left).toBe(145)
  })

  it('more text never takes fewer segments', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.string({ unit: 'grapheme' }), (text, more) => {
        expect(countSegments(text + more).segments).toBeGreaterThanOrEqual(countSegments(text).segments)
      }),
    )
  })
})
