import { type Api, type FileView, Refused } from './api.ts'
import type { Files } from './files.ts'
import { newClientId } from './outbox.ts'

export const MAX_FILE_BYTES = 10 * 1024 * 1024
export const MAX_FILES = 10

export type DraftFile = { key: string; file: File; abort: AbortController } & (
  | { state: 'uploading' }
  | { state: 'ready'; uploaded: FileView & { ticket: string } }
  | { state: 'failed'; reason: 'tooLarge' | 'fileType' | 'uploadFailed' }
)

/** Files chosen for the next message. They go up at once, so that sending is quick. */
export class Drafts {
  list: DraftFile[] = []
  readonly #api: Api
  readonly #files: Files
  readonly #changed: () => void

  constructor(api: Api, files: Files, changed: () => void) {
    this.#api = api
    this.#files = files
    this.#changed = changed
  }

  get busy(): boolean {
    return this.list.some(({ state }) => state === 'uploading')
  }

  add(files: Iterable<File>): void {
    for (const file of [...files].slice(0, MAX_FILES - this.list.length)) {
      const base = { key: newClientId(), file, abort: new AbortController() }
      if (file.size > MAX_FILE_BYTES) this.list = [...this.list, { ...base, state: 'failed', reason: 'tooLarge' }]
      else {
        this.list = [...this.list, { ...base, state: 'uploading' }]
        void this.#upload(base)
      }
    }
    this.#changed()
  }

  remove(key: string): void {
    this.list.find((draft) => draft.key === key)?.abort.abort()
    this.list = this.list.filter((draft) => draft.key !== key)
    this.#changed()
  }

  /** Takes what is ready; what failed stays, to be seen. */
  take(): (FileView & { ticket: string })[] {
    const ready = this.list.flatMap((draft) => (draft.state === 'ready' ? [draft.uploaded] : []))
    this.list = this.list.filter(({ state }) => state !== 'ready')
    return ready
  }

  async #upload(base: Pick<DraftFile, 'key' | 'file' | 'abort'>): Promise<void> {
    try {
      const uploaded = await this.#api.upload(base.file, base.abort.signal)
      this.#files.keep(uploaded.id, base.file)
      this.#set({ ...base, state: 'ready', uploaded })
    } catch (error) {
      const status = error instanceof Refused ? error.status : 0
      this.#set({
        ...base,
        state: 'failed',
        reason: status === 413 ? 'tooLarge' : status === 415 ? 'fileType' : 'uploadFailed',
      })
    }
  }

  #set(next: DraftFile): void {
    this.list = this.list.map((draft) => (draft.key === next.key ? next : draft))
    this.#changed()
  }
}
