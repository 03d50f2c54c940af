import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitText } from '../../../adapters/wechat-official/split.ts'

const bytes = (text: string) => new TextEncoder().encode(text).length

describe('cutting a text to WeChat’s 2048 bytes', () => {
  it('leaves alone what fits', () => {
    expect(splitText('  hello  ')).toEqual(['  hello  '])
    expect(splitText('字'.repeat(682))).toHaveLength(1)
  })

  it('cuts at a line end where there is one', () => {
    const parts = splitText(`${'a'.repeat(1500)}\n${'b'.repeat(1500)}`)
    expect(parts).toEqual(['a'.repeat(1500), 'b'.repeat(1500)])
  })

  it('never cuts a family in two', () => {
    const family = '👨‍👩‍👧‍👦'
    for (const part of splitText(family.repeat(200))) expect(part.length % family.length).toBe(0)
  })

  it('loses nothing but blanks at the cuts, and every part fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.integer({ min: 8, max: 60 }), (text, max) => {
        const parts = splitText(text, max)
        expect(parts.every((part) => bytes(part) <= max && part.isWellFormed())).toBe(true)
        expect(parts.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''))
      }),
    )
  })
})
