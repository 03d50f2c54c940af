import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { safeName } from './media-name.ts'
import { bareType, SNIFF_BYTES, typeOf } from './media-type.ts'
import type { MediaId, MediaRef, Millis } from './model.ts'

/** Largest file kept unless the caller says otherwise: 25 MB, what most mail providers take. */
export const DEFAULT_MAX_BYTES = 26_214_400

export interface MediaMeta {
  name: string
  mimeType: string
  /** Larger files are refused. Default 25 MB. */
  maxBytes?: number
}

export type Content = Uint8Array | AsyncIterable<Uint8Array>

/** Files by the hash of their content: the same file twice is kept once and has one id. */
export interface MediaStore {
  put(content: Content, meta: MediaMeta): Promise<MediaRef>
  read(id: MediaId): Promise<Uint8Array>
  open(id: MediaId): Promise<{ size: number; stream: ReadableStream<Uint8Array> }>
  has(id: MediaId): Promise<boolean>
  /** Files that nobody put since `before` (UTC milliseconds): what a clean-up looks at. */
  notPutSince(before: Millis): AsyncGenerator<MediaId>
  /** Only for what nothing refers to any more. */
  remove(id: MediaId): Promise<void>
}

/** The store cannot do its work; the message says which and what an operator does about it. */
export class MediaStoreError extends Error {
  override name = 'MediaStoreError'
  readonly reason: 'full' | 'read_only' | 'missing' | 'bad_id' | 'broken'

  constructor(reason: MediaStoreError['reason'], message: string, cause?: unknown) {
    super(message, { cause })
    this.reason = reason
  }
}

/** What is left of an interrupted put; older than this it is nobody's any more. */
const PARTIAL_LIFETIME_MS = 24 * 60 * 60 * 1000

export async function openMediaStore(dir: string): Promise<MediaStore> {
  const partials = join(dir, 'partial')
  await explained(dir, () => mkdir(partials, { recursive: true }))
  await explained(dir, () => removeOldPartials(partials))

  return {
    async put(content, meta) {
      const maxBytes = meta.maxBytes ?? DEFAULT_MAX_BYTES
      const name = safeName(meta.name)
      if (content instanceof Uint8Array && content.byteLength > maxBytes)
        return refused(name, meta.mimeType, content.byteLength, maxBytes)
      const partial = join(partials, randomUUID())
      try {
        const written = await writeAll(partial, content, maxBytes, dir)
        if (written === null) return refused(name, meta.mimeType, null, maxBytes)
        await explained(dir, () => keep(partial, pathOf(dir, written.id)))
        const mimeType = await typeOf(written.head, meta.mimeType)
        return { state: 'stored', id: written.id, name, mimeType, size: written.size }
      } finally {
        await rm(partial, { force: true }).catch(() => {})
      }
    },
    read: async (id) => {
      const path = pathOf(dir, checked(id))
      return explained(dir, () => readFile(path))
    },
    open: async (id) => {
      const path = pathOf(dir, checked(id))
      const { size } = await explained(dir, () => stat(path))
      return { size, stream: Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array> }
    },
    has: async (id) =>
      access(pathOf(dir, checked(id))).then(
        () => true,
        () => false,
      ),
    notPutSince: (before) => filesOlderThan(dir, before),
    remove: (id) => rm(pathOf(dir, checked(id)), { force: true }),
  }
}

/** A file that is put again is a new file, so its time is that of the last put. */
async function* filesOlderThan(dir: string, before: Millis): AsyncGenerator<MediaId> {
  for (const folder of await readdir(dir)) {
    if (!/^[0-9a-f]{2}$/.test(folder)) continue
    for (const name of await readdir(join(dir, folder))) {
      const found = await stat(join(dir, folder, name)).catch(() => null)
      if (found !== null && found.mtimeMs < before) yield checked(`${folder}${name}`)
    }
  }
}

/** Two levels, so that no folder holds all files. */
const pathOf = (dir: string, id: MediaId): string => join(dir, id.slice(0, 2), id.slice(2))

/** An id becomes a path: nothing but a hash may pass. */
function checked(id: string): MediaId {
  if (!/^[0-9a-f]{64}$/.test(id)) throw new MediaStoreError('bad_id', 'Not a media id: expected 64 hexadecimal digits.')
  return id as MediaId
}

function refused(name: string, declared: string, size: number | null, maxBytes: number): MediaRef {
  const had = size === null ? 'more' : megabytes(size)
  const reason = `Larger than the ${megabytes(maxBytes)} that are kept (it has ${had}).`
  return { state: 'refused', name, mimeType: bareType(declared), size, reason }
}

const megabytes = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${Math.round((bytes / 1024 / 1024) * 10) / 10} MB`

/** Streams to a new file. Null when the content is larger than allowed; errors of the source come through unchanged. */
async function writeAll(path: string, content: Content, maxBytes: number, dir: string) {
  const file = await explained(dir, () => open(path, 'wx'))
  try {
    return await pour(content, file, maxBytes, dir)
  } finally {
    await file.close()
  }
}

async function pour(content: Content, file: FileHandle, maxBytes: number, dir: string) {
  const hash = createHash('sha256')
  const head: Uint8Array[] = []
  let size = 0
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    if (size < SNIFF_BYTES) head.push(chunk.slice(0, SNIFF_BYTES - size))
    size += chunk.byteLength
    if (size > maxBytes) return null
    hash.update(chunk)
    await explained(dir, () => file.writeFile(chunk))
  }
  return { id: hash.digest('hex') as MediaId, size, head: Buffer.concat(head) }
}

/** A rename is atomic: readers see the whole file or none. Without fsync: a power cut may cost the newest files. */
async function keep(partial: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await rename(partial, path)
}

async function removeOldPartials(partials: string): Promise<void> {
  const oldest = Date.now() - PARTIAL_LIFETIME_MS
  for (const name of await readdir(partials)) {
    const path = join(partials, name)
    const found = await stat(path).catch(() => null)
    if (found !== null && found.mtimeMs < oldest) await rm(path, { force: true })
  }
}

/** Turns the system's codes into words an operator can act on. */
async function explained<T>(dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw explain(dir, cause)
  }
}

export function explain(dir: string, cause: unknown): MediaStoreError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new MediaStoreError('full', `The disk of ${dir} is full: free some space (${code}).`, cause)
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return new MediaStoreError('read_only', `${dir} cannot be written: give the hub's user access (${code}).`, cause)
    case 'ENOENT':
      return new MediaStoreError('missing', `There is no such file in ${dir}.`, cause)
    default:
      return new MediaStoreError('broken', `The media folder ${dir} does not work: ${String(cause)}`, cause)
  }
}
