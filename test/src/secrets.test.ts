import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { KEY_FILE, maskSettings, openSecrets, openSettings, SecretError, sealSettings } from '../../src/secrets.ts'

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'onethread-secrets-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

const open = (key: Uint8Array | null = null) => openSecrets({ key, dataDir })

describe('the key', () => {
  test('is made once, readable by its owner only', async () => {
    const sealed = (await open()).seal('s3cret', 'a')
    expect((await stat(path.join(dataDir, KEY_FILE))).mode & 0o777).toBe(0o600)
    expect((await open()).open(sealed, 'a')).toBe('s3cret')
  })

  test('is the same when two processes start at once', async () => {
    const [one, two] = await Promise.all([open(), open()])
    expect(two.open(one.seal('x', 'a'), 'a')).toBe('x')
  })

  test('given by SECRET_KEY needs no file', async () => {
    const key = new Uint8Array(32).fill(7)
    const sealed = (await open(key)).seal('x', 'a')
    await expect(readFile(path.join(dataDir, KEY_FILE))).rejects.toThrow('ENOENT')
    expect((await open(key)).open(sealed, 'a')).toBe('x')
  })

  test('that is broken says so instead of being replaced', async () => {
    await writeFile(path.join(dataDir, KEY_FILE), 'oops')
    await expect(open()).rejects.toThrow('put the file back from a backup')
  })
})

describe('sealing', () => {
  test('opens what it sealed, whatever it was', async () => {
    const secrets = await open()
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, context) => {
        expect(secrets.open(secrets.seal(text, context), context)).toBe(text)
      }),
    )
  })

  test('never gives the same twice, nor the text itself', async () => {
    const secrets = await open()
    expect(secrets.seal('password', 'a')).not.toBe(secrets.seal('password', 'a'))
    expect(secrets.seal('password', 'a')).not.toContain('password')
  })

  test('for one account does not open for another, changed or with another key', async () => {
    const secrets = await open()
    const sealed = secrets.seal('password', 'account-1')
    expect(() => secrets.open(sealed, 'account-2')).toThrow(SecretError)
    const flipped = sealed.slice(0, -2) + (sealed.at(-2) === 'A' ? 'B' : 'A') + sealed.at(-1)
    expect(() => secrets.open(flipped, 'account-1')).toThrow(SecretError)
    const other = await open(new Uint8Array(32))
    expect(() => other.open(sealed, 'account-1')).toThrow('was SECRET_KEY or the key file changed?')
    expect(() => secrets.open('plain', 'account-1')).toThrow(SecretError)
  })

  test('keys of different purposes are different and stable', async () => {
    const secrets = await open()
    expect(secrets.derive('sessions')).toHaveLength(32)
    expect(secrets.derive('sessions')).toEqual((await open()).derive('sessions'))
    expect(secrets.derive('sessions')).not.toEqual(secrets.derive('cookies'))
  })
})

test('settings keep secrets sealed, show that they are set, and give them back to the adapter', async () => {
  const secrets = await open()
  const settings = { host: 'mail.example.com', port: 993, password: 'p@ss', keys: ['a', 'b'], empty: '' }
  const stored = sealSettings(secrets, 'acc', ['password', 'keys', 'empty'], settings)
  expect(stored).not.toContain('p@ss')
  expect(maskSettings(stored)).toEqual({
    host: 'mail.example.com',
    port: 993,
    password: { set: true },
    keys: { set: true },
    empty: '',
  })
  expect(openSettings(secrets, 'acc', stored)).toEqual(settings)
})
