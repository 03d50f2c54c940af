import { describe, expect, it } from 'vitest'
import { OPT_OUT_WORDS, optChangeOf } from '../../../adapters/sms/opt-out.ts'

describe('opting out and in by a word', () => {
  it.each([
    ['STOP', 'revoked'],
    ['stop', 'revoked'],
    ['  Stop. ', 'revoked'],
    ['“STOP”', 'revoked'],
    ['ＳＴＯＰ', 'revoked'],
    ['StopAll', 'revoked'],
    ['unsubscribe', 'revoked'],
    ['START', 'granted'],
    ['unstop!', 'granted'],
    ['please stop', null],
    ['Stop sending me the wrong parts', null],
    ['HELP', null],
    ['退订', null],
    ['T', null],
    ['', null],
    ['...', null],
  ])('%j means %s', (text, change) => {
    expect(optChangeOf(text, OPT_OUT_WORDS)).toBe(change)
  })

  it.each(['TD', 'td', 'T', '退订', '退订。', '「退订」'])('%j opts out where the account says so', (text) => {
    expect(optChangeOf(text, [...OPT_OUT_WORDS, 'TD', 'T', '退订'])).toBe('revoked')
  })
})
