import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Changes are written this long after the first of them, all together. */
const WAIT_MS = 150

/**
 * One JSON document on disk. Written whole to a second file that then takes the first one's name, so that whatever
 * ends the process leaves the old or the new one, never half of one.
 */
export class StateFile<T> {
  readonly #file: string
  readonly #read: () => T
  #timer: NodeJS.Timeout | null = null

  constructor(file: string, read: () => T) {
    this.#file = file
    this.#read = read
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  }

  /** What an earlier run left, or null. */
  static load<T>(file: string): T | null {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as T
    } catch {
      return null
    }
  }

  changed = (): void => {
    this.#timer ??= setTimeout(() => this.flush(), WAIT_MS)
  }

  flush(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const next = `${this.#file}.next`
    writeFileSync(next, JSON.stringify(this.#read()), { mode: 0o600 })
    renameSync(next, this.#file)
  }
}
