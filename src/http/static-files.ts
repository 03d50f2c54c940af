import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip, constants as zlib } from 'node:zlib'

/** Files of a folder, compressed once and kept in memory: the inbox and the widget are small. */
export interface StaticFiles {
  /** Null when there is no such file. */
  serve(name: string, request: Headers, headers: Record<string, string>): Promise<Response | null>
}

interface Loaded {
  mtimeMs: number
  etag: string
  type: string
  plain: Uint8Array<ArrayBuffer>
  br: Uint8Array<ArrayBuffer> | null
  gzip: Uint8Array<ArrayBuffer> | null
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.mp3': 'audio/mpeg',
  '.txt': 'text/plain; charset=utf-8',
  '.map': 'application/json',
}

const COMPRESSED = /^(text\/|application\/(json|manifest)|image\/svg)/
/** Smaller ones gain nothing. */
const COMPRESSED_FROM_BYTES = 1024

const brotliAsync = promisify(brotliCompress)
const gzipAsync = promisify(gzip)

const load = async (file: string, mtimeMs: number): Promise<Loaded> => {
  const plain = new Uint8Array(await readFile(file))
  const type = TYPES[path.extname(file)] ?? 'application/octet-stream'
  const worth = COMPRESSED.test(type) && plain.byteLength >= COMPRESSED_FROM_BYTES
  const [br, gz] = worth
    ? await Promise.all([
        brotliAsync(plain, { params: { [zlib.BROTLI_PARAM_QUALITY]: 9 } }),
        gzipAsync(plain, { level: 9 }),
      ])
    : [null, null]
  const etag = createHash('sha256').update(plain).digest('base64url').slice(0, 22)
  return {
    mtimeMs,
    etag,
    type,
    plain,
    br: br && new Uint8Array(br),
    gzip: gz && new Uint8Array(gz),
  }
}

const choose = (file: Loaded, accepted: string): { body: Uint8Array<ArrayBuffer>; encoding: 'br' | 'gzip' | null } => {
  if (file.br && /\bbr\b/.test(accepted)) return { body: file.br, encoding: 'br' }
  if (file.gzip && /\bgzip\b/.test(accepted)) return { body: file.gzip, encoding: 'gzip' }
  return { body: file.plain, encoding: null }
}

/** The path inside the folder; null for what points outside. */
const inside = (dir: string, name: string): string | null => {
  const file = path.join(dir, name)
  return file.startsWith(path.resolve(dir) + path.sep) && !name.includes('\0') ? file : null
}

export const createStaticFiles = (folder: string): StaticFiles => {
  const dir = path.resolve(folder)
  const kept = new Map<string, Promise<Loaded>>()

  const find = async (file: string): Promise<Loaded | null> => {
    const found = await stat(file).catch(() => null)
    if (!found?.isFile()) return null
    const known = await kept.get(file)?.catch(() => null)
    if (known?.mtimeMs === found.mtimeMs) return known
    const loading = load(file, found.mtimeMs)
    kept.set(file, loading)
    return loading
  }

  return {
    async serve(name, request, headers) {
      const path = inside(dir, name)
      const file = path && (await find(path))
      if (!file) return null
      const { body, encoding } = choose(file, request.get('accept-encoding') ?? '')
      const etag = `W/"${file.etag}"`
      const all = { etag, vary: 'accept-encoding', ...headers }
      if (request.get('if-none-match') === etag) return new Response(null, { status: 304, headers: all })
      return new Response(body, {
        headers: {
          ...all,
          'content-type': file.type,
          'content-length': String(body.byteLength),
          ...(encoding ? { 'content-encoding': encoding } : {}),
        },
      })
    },
  }
}
