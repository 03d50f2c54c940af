import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import * as v from 'valibot'
import type { AdapterContext } from '../contract.ts'
import { type FromChild, fromChild, type Say, type ToChild } from './protocol.ts'

/** How long a child may take to end by itself. */
const LAST_WORDS_MS = 1_000
/** A puppet that says nothing of a send for so long has lost it. */
const SAY_TIMEOUT_MS = 60_000

export type Said = { ok: true; remoteId: string | null } | { ok: false; error: string }

/** The way to the process with Wechaty; one process at a time. */
export class Link {
  readonly #context: AdapterContext
  readonly #calls = new Map<number, (said: Said) => void>()
  #child: ChildProcess | null = null
  #nextCall = 1

  constructor(context: AdapterContext) {
    this.#context = context
  }

  /** The process id, for those who want to see it or end it. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /** Starts the process and runs until it ends; the signal ends it. Every word of it goes to `hear`. */
  async run(start: ToChild, hear: (word: FromChild) => void, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const child = fork(new URL('./child.ts', import.meta.url), {
      cwd: this.#context.stateDir,
      // Nothing of the hub's environment: it holds secrets, and the libraries in there write to their home.
      env: { PATH: process.env.PATH, HOME: this.#context.stateDir, WECHATY_LOG: 'error' },
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#child = child
    const close = () => endOf(child)
    signal.addEventListener('abort', close, { once: true })
    child.on('error', (error) => this.#context.log.error({ error: error.message }, 'the WeChat process'))
    child.on('message', (raw) => this.#heard(raw, hear))
    this.#logErrors(child)
    child.send(start, () => {})
    try {
      await once(child, 'exit')
    } finally {
      signal.removeEventListener('abort', close)
      this.#child = null
      for (const lost of this.#calls.values()) lost({ ok: false, error: 'The WeChat process ended before its answer.' })
      this.#calls.clear()
    }
  }

  /** Null when there is no process: nothing was handed over. */
  say(address: string, say: Say): Promise<Said> | null {
    const child = this.#child
    if (child === null || !child.connected) return null
    const call = this.#nextCall
    this.#nextCall += 1
    const { promise, resolve } = Promise.withResolvers<Said>()
    const timer = setTimeout(() => resolve({ ok: false, error: 'The puppet gave no answer.' }), SAY_TIMEOUT_MS)
    this.#calls.set(call, resolve)
    child.send({ type: 'say', call, address, say } satisfies ToChild, () => {})
    return promise.finally(() => {
      clearTimeout(timer)
      this.#calls.delete(call)
    })
  }

  logout(): void {
    this.#child?.send({ type: 'logout' } satisfies ToChild, () => {})
  }

  async close(): Promise<void> {
    const child = this.#child
    if (child === null) return
    const ended = once(child, 'exit')
    endOf(child)
    await ended
  }

  #heard(raw: unknown, hear: (word: FromChild) => void): void {
    const word = v.safeParse(fromChild, raw)
    if (!word.success) {
      this.#context.log.error({ issue: word.issues[0].message }, 'the WeChat process said what nobody understands')
      return
    }
    if (word.output.type === 'said') this.#calls.get(word.output.call)?.(word.output)
    else hear(word.output)
  }

  #logErrors(child: ChildProcess): void {
    if (child.stderr === null) return
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#context.log.debug({ line: line.slice(0, 500) }, 'the WeChat process')
    })
  }
}

/** The child ends itself when its parent is gone; else it is ended. */
function endOf(child: ChildProcess): void {
  if (child.connected) child.disconnect()
  setTimeout(() => child.exitCode ?? child.kill('SIGKILL'), LAST_WORDS_MS).unref()
}
