import { fork } from 'node:child_process'
import path from 'node:path'

/**
 * Load and bare programs run in processes of their own, so that they take no time from what is measured. A worker is a
 * file that calls `serve` with what it can do; the bench calls that by name.
 */

interface Request {
  id: number
  name: string
  given: unknown
}

type Answer = { id: number; value: unknown } | { id: number; error: string } | { told: unknown }

export interface Worker {
  readonly pid: number
  call<T>(name: string, given?: unknown): Promise<T>
  /** Called with what the worker says unasked. */
  onTold(listen: (value: unknown) => void): void
  stop(): Promise<void>
}

/** Longer than any one step takes. */
const CALL_LIMIT_MS = 180_000

export const startWorker = (file: string): Worker => {
  const child = fork(path.join(import.meta.dirname, file), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  const listeners = new Set<(value: unknown) => void>()
  let next = 0
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(`${file} ended`))
  })

  child.on('message', (answer: Answer) => {
    if ('told' in answer) {
      for (const listen of listeners) listen(answer.told)
      return
    }
    const call = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('error' in answer) call?.reject(new Error(`${file}: ${answer.error}`))
    else call?.resolve(answer.value)
  })
  return {
    pid: child.pid ?? 0,
    async call<T>(name: string, given?: unknown): Promise<T> {
      const id = next++
      const answered = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }))
      answered.catch(() => {})
      const late = setTimeout(
        () => waiting.get(id)?.reject(new Error(`${file}: no answer to ${name} in ${CALL_LIMIT_MS / 1000} s`)),
        CALL_LIMIT_MS,
      )
      child.send({ id, name, given } satisfies Request)
      return (await answered.finally(() => clearTimeout(late))) as T
    },
    onTold: (listen) => void listeners.add(listen),
    async stop() {
      if (child.connected) child.disconnect()
      const kill = setTimeout(() => child.kill('SIGKILL'), 5000)
      await ended
      clearTimeout(kill)
    },
  }
}

type Handlers = Record<string, (given: never) => unknown>

/** The worker's side. It ends with the bench. */
export const serve = (handlers: Handlers, onEnd: () => Promise<void> | void = () => {}): void => {
  process.on('message', async ({ id, name, given }: Request) => {
    try {
      const handler = handlers[name]
      if (!handler) throw new Error(`cannot ${name}`)
      process.send?.({ id, value: (await handler(given as never)) ?? null } satisfies Answer)
    } catch (error) {
      process.send?.({ id, error: String(error instanceof Error ? error.stack : error) } satisfies Answer)
    }
  })
  process.once('disconnect', async () => {
    await onEnd()
    process.exit(0)
  })
}

export const tell = (value: unknown): void => void process.send?.({ told: value } satisfies Answer)

/** Microseconds of a clock that all processes of this machine share. */
export const micros = (): number => Number(process.hrtime.bigint() / 1000n)
