import { describe, expect, it } from 'vitest'
import { ApiError } from '../../inbox/src/api/client.ts'
import { fieldProblems } from '../../inbox/src/settings/field-problems.ts'

const field = (key: string, en: string) => ({ key, label: { en, zh: en } })
const FIELDS = [field('host', 'Server'), field('out', 'Outgoing Server'), field('hue', 'Colour (hex)')]
const refusal = (detail: string, status = 422) => new ApiError({ status, detail })

describe('what the hub says about a form', () => {
  it('stands beside the fields it names', () => {
    const error = refusal('Server: Give a host name. Colour (hex): Write it as #aabbcc.')
    expect(fieldProblems(FIELDS, error)).toEqual({ host: 'Give a host name.', hue: 'Write it as #aabbcc.' })
  })

  it('is not given to a field whose label is a part of another one', () => {
    expect(fieldProblems(FIELDS, refusal('Outgoing Server: No.'))).toEqual({ out: 'No.' })
  })

  it('stands nowhere when it names none, or is no refusal', () => {
    expect(fieldProblems(FIELDS, refusal('The name is taken.'))).toEqual({})
    expect(fieldProblems(FIELDS, refusal('Server: busy', 500))).toEqual({})
    expect(fieldProblems(FIELDS, null)).toEqual({})
  })
})
