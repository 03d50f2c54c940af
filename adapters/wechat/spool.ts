import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'

/**
 * Events that the hub has not kept yet. A puppet gives each message once, so it is on disk before anybody else is
 * told, and a hub or a process that dies in between finds it again. The process adds, the hub removes once it
 * has kept the event. Sequence numbers grow over restarts.
 */
export const spoolDir = (stateDir: string): string => join(stateDir, 'inbox')

export class Spool<Event> {
  readonly #dir: string
  #next: number

  constructor(dir: string) {
    this.#dir = dir
    mkdirSync(dir, { recursive: true })
    this.#next = (this.#numbers().at(-1) ?? 0) + 1
  }

  add(event: Event): number {
    const seq = this.#next
    this.#next += 1
    writeFileSync(this.#path(seq), serialize(event))
    return seq
  }

  replace(seq: number, event: Event): void {
    writeFileSync(this.#path(seq), serialize(event))
  }

  remove(seq: number): void {
    rmSync(this.#path(seq), { force: true })
  }

  /** What is left, oldest first. A file that was being written at a crash is nobody's. */
  *left(): Generator<{ seq: number; event: Event }> {
    for (const seq of this.#numbers()) {
      try {
        yield { seq, event: deserialize(readFileSync(this.#path(seq))) as Event }
      } catch {
        this.remove(seq)
      }
    }
  }

  #path(seq: number): string {
    return join(this.#dir, `${String(seq).padStart(12, '0')}.event`)
  }

  #numbers(): number[] {
    return readdirSync(this.#dir)
      .map((name) => Number.parseInt(name, 10))
      .filter(Number.isSafeInteger)
      .sort((a, b) => a - b)
  }
}
