import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { PeerMedia } from '../peer.ts'

/** A file on a screen; its content lies beside, under its hash. */
export interface ScreenFile {
  id: string
  name: string
  mimeType: string
  size: number
}

/** Files of the devices, kept over restarts. */
export class Files {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }

  keep({ name, mimeType, content }: PeerMedia): ScreenFile {
    const id = createHash('sha256').update(content).digest('hex')
    const file = path.join(this.#folder, id)
    if (!existsSync(file)) writeFileSync(file, content, { mode: 0o600 })
    return { id, name, mimeType, size: content.byteLength }
  }

  read(id: string): Uint8Array | null {
    if (!/^[0-9a-f]{64}$/.test(id)) return null
    try {
      return readFileSync(path.join(this.#folder, id))
    } catch {
      return null
    }
  }

  media({ id, name, mimeType }: ScreenFile): PeerMedia {
    const content = this.read(id)
    if (content === null) throw new Error(`The file ${name} is gone.`)
    return { name, mimeType, content }
  }
}
