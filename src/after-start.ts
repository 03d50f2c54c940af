import { flushCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Accounts are connecting until then. */
const SETTLED_AFTER_MS = 2500

interface CollectOptions {
  type: 'major'
  execution: 'sync'
  /** Also shrinks the young generation, which reading hundreds of modules had grown to its largest. */
  flavor: 'last-resort'
}

/** The engine has no other way to be told that the busy time is over than by its own flag. */
const giveMemoryBack = () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options: CollectOptions) => void
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/**
 * Once, when the hub has started: keeps the compiled code for the next start, also when this process is killed, and
 * gives back the memory that only starting needed (about 60 MB).
 */
export const settleAfterStart = (): void => {
  setTimeout(() => {
    flushCompileCache()
    giveMemoryBack()
  }, SETTLED_AFTER_MS).unref()
}
