import { describe, expect, it } from 'vitest'
import { answeredSubject } from '../../inbox/src/composer/subject.ts'
import { takenName } from '../../inbox/src/person/join-name.ts'

describe('the subject of an answer', () => {
  it('is that of the newest message with one, marked only once', () => {
    const messages = [{ subject: 'Hello' }, { subject: 'Re: AW: Invoice' }, { subject: null }]
    expect(answeredSubject(messages, 'Hello')).toBe('Invoice')
  })

  it('is the conversation’s while no message with one is loaded, and else nothing', () => {
    expect(answeredSubject([{ subject: null }], '回复：订单')).toBe('订单')
    expect(answeredSubject([], null)).toBe(null)
  })
})

describe('the name after a join', () => {
  it('is the other’s only for somebody who has none', () => {
    expect(takenName({ name: null }, { name: 'Ana Souza' })).toBe('Ana Souza')
    expect(takenName({ name: 'Ana' }, { name: 'Ana Souza' })).toBe(null)
    expect(takenName({ name: null }, { name: null })).toBe(null)
  })
})
