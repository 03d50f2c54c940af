import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

/**
 * Secrets at rest: AES-256-GCM under one key of 32 bytes, from SECRET_KEY or from a file that is made once in DATA_DIR.
 * What is sealed for one context (an account's id) opens in no other.
 */
export interface Secrets {
  seal(text: string, context: string): string
  /** Throws SecretError when the key is another one or the text was changed. */
  open(sealed: string, context: string): string
  /** A stable key of 32 bytes for a purpose of its own (HKDF-SHA-256), so that no key serves two purposes. */
  derive(purpose: string): Uint8Array
}

export class SecretError extends Error {
  override name = 'SecretError'
}

export const KEY_FILE = 'secret.key'

const KEY_BYTES = 32
/** 96 bits, as NIST SP 800-38D wants for random nonces of GCM. */
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Version of the format; a later one can change key or cipher. */
const PREFIX = 'v1.'

const makeKeyFile = async (file: string): Promise<Uint8Array> => {
  const key = randomBytes(KEY_BYTES)
  await writeFile(file, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  return key
}

const readKeyFile = async (file: string): Promise<Uint8Array> => {
  const key = Buffer.from((await readFile(file, 'utf8')).trim(), 'base64')
  if (key.byteLength !== KEY_BYTES)
    throw new SecretError(`${file} does not hold a key of 32 bytes in base64: put the file back from a backup.`)
  return key
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | null)?.code

const keyOf = async (dataDir: string): Promise<Uint8Array> => {
  const file = path.join(dataDir, KEY_FILE)
  await mkdir(dataDir, { recursive: true })
  try {
    return await makeKeyFile(file)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return readKeyFile(file)
    throw error
  }
}

const secretsOf = (key: Uint8Array): Secrets => ({
  seal(text, context) {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    cipher.setAAD(Buffer.from(context))
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return PREFIX + Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
  },
  open(sealed, context) {
    const bytes = Buffer.from(sealed.slice(PREFIX.length), 'base64url')
    if (!sealed.startsWith(PREFIX) || bytes.byteLength < NONCE_BYTES + TAG_BYTES)
      throw new SecretError('This is not a sealed secret.')
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
    decipher.setAAD(Buffer.from(context))
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
    try {
      const body = bytes.subarray(NONCE_BYTES + TAG_BYTES)
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
    } catch (cause) {
      throw new SecretError('The secret does not open with this key: was SECRET_KEY or the key file changed?', {
        cause,
      })
    }
  },
  derive: (purpose) => new Uint8Array(hkdfSync('sha256', key, '', `onethread ${purpose}`, KEY_BYTES)),
})

/** `key` null = the key file in `dataDir`, made on the first start (mode 0600). */
export const openSecrets = async (options: { key: Uint8Array | null; dataDir: string }): Promise<Secrets> => {
  const key = options.key ?? (await keyOf(options.dataDir))
  if (key.byteLength !== KEY_BYTES) throw new SecretError('The key must have 32 bytes.')
  return secretsOf(key)
}

export type Settings = Record<string, unknown>

interface Sealed {
  sealed: string
}

const isSealed = (value: unknown): value is Sealed =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Sealed>).sealed === 'string'

/**
 * An account's settings as its row keeps them: JSON in which the fields named `secret` are sealed. So is a value that
 * looks sealed without being it: it could not be opened, and no account would start any more.
 */
export const sealSettings = (
  secrets: Secrets,
  account: string,
  secret: readonly string[],
  settings: Settings,
): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(settings).map(([key, value]) =>
        (secret.includes(key) || isSealed(value)) && value !== undefined && value !== null && value !== ''
          ? [key, { sealed: secrets.seal(JSON.stringify(value), account) } satisfies Sealed]
          : [key, value],
      ),
    ),
  )

/** The settings in plain, for the adapter. */
export const openSettings = (secrets: Secrets, account: string, stored: string): Settings =>
  Object.fromEntries(
    Object.entries(JSON.parse(stored) as Settings).map(([key, value]) =>
      isSealed(value) ? [key, JSON.parse(secrets.open(value.sealed, account)) as unknown] : [key, value],
    ),
  )

/** The settings as the API shows them: a secret only says that it is set. */
export const maskSettings = (stored: string): Settings =>
  Object.fromEntries(
    Object.entries(JSON.parse(stored) as Settings).map(([key, value]) =>
      isSealed(value) ? [key, { set: true }] : [key, value],
    ),
  )
