import { createHash } from 'node:crypto'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type MediaStore, MediaStoreError, openMediaStore } from '../../src/media.ts'
import { safeName } from '../../src/media-name.ts'
import type { MediaId } from '../../src/model.ts'
import { PNG } from '../support/pictures.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const NO_SUCH = 'f'.repeat(64) as MediaId

let dir: string
let store: MediaStore

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'media-'))
  store = await openMediaStore(dir)
})

afterEach(async () => {
  await chmod(dir, 0o755)
  await rm(dir, { recursive: true, force: true })
})

async function* inPieces(content: Uint8Array, size: number) {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size)
}

const typeGiven = async (content: Uint8Array, mimeType: string) =>
  (await store.put(content, { name: 'x', mimeType })).mimeType

describe('keeping a file', () => {
  it('gives back the same bytes under the hash of the content', async () => {
    const kept = await store.put(PNG, { name: 'pixel.png', mimeType: 'image/png' })
    const id = createHash('sha256').update(PNG).digest('hex')
    expect(kept).toEqual({ state: 'stored', id, name: 'pixel.png', mimeType: 'image/png', size: PNG.length })
    expect(new Uint8Array(await store.read(id as MediaId))).toEqual(PNG)
    expect(await store.has(id as MediaId)).toBe(true)
    expect(await readdir(join(dir, id.slice(0, 2)))).toEqual([id.slice(2)])
  })

  it('takes a stream and gives a stream', async () => {
    const content = bytes('一封长信 '.repeat(20_000))
    const kept = await store.put(inPieces(content, 1000), { name: 'a.txt', mimeType: 'text/plain' })
    if (kept.state !== 'stored') throw new Error('not stored')
    const opened = await store.open(kept.id)
    expect(opened.size).toBe(content.length)
    expect(new Uint8Array(await new Response(opened.stream).arrayBuffer())).toEqual(content)
  })

  it('keeps the same content once, whatever its name', async () => {
    const one = await store.put(PNG, { name: 'a.png', mimeType: 'image/png' })
    const two = await store.put(inPieces(PNG, 7), { name: 'b.png', mimeType: 'image/png' })
    expect(one.state === 'stored' && two.state === 'stored' && one.id === two.id).toBe(true)
    expect(await readdir(join(dir, 'partial'))).toEqual([])
  })

  it('refuses a file over the limit, says why and leaves nothing behind', async () => {
    const big = new Uint8Array(3000)
    const whole = await store.put(big, { name: 'big.bin', mimeType: 'video/mp4', maxBytes: 2048 })
    expect(whole).toEqual({
      state: 'refused',
      name: 'big.bin',
      mimeType: 'video/mp4',
      size: 3000,
      reason: 'Larger than the 2 KB that are kept (it has 3 KB).',
    })
    const streamed = await store.put(inPieces(big, 500), { name: 'big.bin', mimeType: 'video/mp4', maxBytes: 2048 })
    expect(streamed).toMatchObject({ state: 'refused', size: null })
    expect(await readdir(dir)).toEqual(['partial'])
    expect(await readdir(join(dir, 'partial'))).toEqual([])
  })

  it('leaves no partial when the source breaks off, and passes its error on', async () => {
    async function* breaking() {
      yield PNG
      throw new Error('line cut')
    }
    await expect(store.put(breaking(), { name: 'a', mimeType: 'image/png' })).rejects.toThrow('line cut')
    expect(await readdir(join(dir, 'partial'))).toEqual([])
  })
})

describe('the type of a file is what its bytes are', () => {
  const html = bytes('\uFEFF <!-- hello --><!DOCTYPE html><html><script>alert(1)</script></html>')
  const svg = bytes('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')

  it.each([
    ['html said to be a picture', html, 'image/png', 'text/html'],
    ['svg said to be a picture', svg, 'image/jpeg', 'image/svg+xml'],
    ['svg said to be svg', svg, 'image/svg+xml', 'image/svg+xml'],
    ['html of unknown type', html, 'application/octet-stream', 'text/html'],
    ['html said to be text stays text', html, 'text/plain', 'text/plain'],
    ['png said to be jpeg', PNG, 'image/jpeg', 'image/png'],
    ['png said to be html', PNG, 'text/html', 'image/png'],
    ['png without a type', PNG, '', 'image/png'],
    ['a type with parameters', PNG, 'Image/PNG; name="a.png"', 'image/png'],
    ['noise said to be a picture', bytes('just words'), 'image/png', 'application/octet-stream'],
    ['words', bytes('just words'), 'text/plain', 'text/plain'],
    ['a format nobody recognises', bytes('just words'), 'application/x-dwg-notes', 'application/x-dwg-notes'],
    ['nonsense for a type', bytes('just words'), 'a b/<c>\r\nX: y', 'application/octet-stream'],
  ])('%s', async (_case, content, declared, kept) => {
    expect(await typeGiven(content, declared)).toBe(kept)
  })
})

describe('names', () => {
  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\报价单.docx', '报价单.docx'],
    ['🎂.png', '🎂.png'],
    ['a\u0000b\r\n.txt', 'ab.txt'],
    ['invoice\u202Egpj.exe', 'invoicegpj.exe'],
    ['..', 'file'],
    ['  ', 'file'],
    ['', 'file'],
  ])('%j becomes %j', (raw, safe) => {
    expect(safeName(raw)).toBe(safe)
  })

  it('cuts long names between characters and keeps the extension', () => {
    const name = safeName(`${'🎂'.repeat(300)}.jpeg`)
    expect(name.length).toBeLessThanOrEqual(200)
    expect(name.isWellFormed()).toBe(true)
    expect(name.endsWith('🎂.jpeg')).toBe(true)
  })
})

describe('what cannot be done says why', () => {
  it('an id that is no hash never becomes a path', async () => {
    const bad = '../../../../etc/passwd' as MediaId
    await expect(store.read(bad)).rejects.toMatchObject({ reason: 'bad_id' })
    await expect(store.open(bad)).rejects.toMatchObject({ reason: 'bad_id' })
    await expect(store.has(bad)).rejects.toMatchObject({ reason: 'bad_id' })
  })

  it('an unknown id is missing', async () => {
    expect(await store.has(NO_SUCH)).toBe(false)
    await expect(store.read(NO_SUCH)).rejects.toMatchObject({ reason: 'missing' })
    await expect(store.open(NO_SUCH)).rejects.toBeInstanceOf(MediaStoreError)
  })

  it('a folder that cannot be made names itself', async () => {
    const inFile = join(dir, 'file')
    await openMediaStore(dir).then((s) => s.put(PNG, { name: 'a', mimeType: 'image/png' }))
    await import('node:fs/promises').then((fs) => fs.writeFile(inFile, ''))
    await expect(openMediaStore(join(inFile, 'media'))).rejects.toThrow(join(inFile, 'media'))
  })

  it('a full disk says so', async () => {
    // /dev/full answers every write with ENOSPC.
    const { explain } = await import('../../src/media.ts')
    const { writeFile } = await import('node:fs/promises')
    const cause = await writeFile('/dev/full', 'x').catch((error: unknown) => error)
    expect(explain(dir, cause)).toMatchObject({
      reason: 'full',
      message: `The disk of ${dir} is full: free some space (ENOSPC).`,
    })
  })
})
