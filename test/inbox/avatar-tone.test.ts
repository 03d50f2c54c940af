import { describe, expect, it } from 'vitest'
import { toneOf } from '../../inbox/src/ui/avatar-tone.ts'

const key = (name: string): string => `${toneOf(name).hue} ${toneOf(name).look}`

describe('the colours of a name', () => {
  it('are always the same', () => {
    expect(toneOf('Ana Souza')).toEqual(toneOf('Ana Souza'))
  })

  it('use every tone, and rarely the same for four names in a row', () => {
    const names = Array.from({ length: 2000 }, (_, index) => `+120255${50_000 + index}`)
    expect(new Set(names.map(key)).size).toBe(54)
    const fours = Array.from({ length: 500 }, (_, index) => names.slice(index * 4, index * 4 + 4))
    const sharing = fours.filter((four) => new Set(four.map(key)).size < 4).length
    expect(sharing / fours.length).toBeLessThan(0.16)
  })
})
