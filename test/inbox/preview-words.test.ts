import { describe, expect, it } from 'vitest'
import { previewWords } from '../../inbox/src/inbox/preview-words.ts'

const t = ((key: string) => key) as never

describe('what a list shows of the last words', () => {
  it.each([
    ['📎 1795294963286257640.jpg', '📎 file.picture'],
    ['📎 20251121093012-5512.pdf', '📎 file.unnamed'],
    ['📎 invoice-for-the-tea.pdf', '📎 invoice-for-the-tea.pdf'],
    ['📎 照片 1.png', '📎 照片 1.png'],
    ['1795294963286257640.jpg', '1795294963286257640.jpg'],
  ])('%s', (preview, words) => {
    expect(previewWords(preview, t)).toBe(words)
  })
})
