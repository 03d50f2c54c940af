import { randomUUID } from 'node:crypto'
import type { PeerMedia } from '../peer.ts'

/** Temporary media: WeChat keeps them three days, we as long as the peer lives. */
export class Files {
  readonly #files = new Map<string, PeerMedia>()

  add(file: PeerMedia): string {
    const id = `media_${randomUUID()}`
    this.#files.set(id, file)
    return id
  }

  get(id: string): PeerMedia | undefined {
    return this.#files.get(id)
  }
}
