import type { AgentId, Millis } from '../model.ts'

/** Whose inbox is open on this node. */
export interface Presence {
  came(agent: AgentId): void
  left(agent: AgentId): void
  stop(): Promise<void>
}

/** Said again this often, so that a node that died is noticed by its silence. */
const REPEATED_EVERY_MS: Millis = 30_000
/** A reload of the page is not an absence. */
const GRACE_MS: Millis = 3000

export const createPresence = (deps: {
  setConnected(agent: AgentId, connected: boolean): Promise<void>
  onError(error: unknown): void
}): Presence => {
  const open = new Map<AgentId, number>()
  const leaving = new Map<AgentId, NodeJS.Timeout>()

  const say = (agent: AgentId, connected: boolean) => deps.setConnected(agent, connected).catch(deps.onError)

  const repeat = setInterval(() => {
    for (const agent of open.keys()) void say(agent, true)
  }, REPEATED_EVERY_MS)

  return {
    came(agent) {
      const before = open.get(agent) ?? 0
      open.set(agent, before + 1)
      const timer = leaving.get(agent)
      clearTimeout(timer)
      leaving.delete(agent)
      if (before === 0 && timer === undefined) void say(agent, true)
    },
    left(agent) {
      const rest = (open.get(agent) ?? 1) - 1
      if (rest > 0) {
        open.set(agent, rest)
        return
      }
      open.delete(agent)
      const timer = setTimeout(() => {
        leaving.delete(agent)
        void say(agent, false)
      }, GRACE_MS)
      leaving.set(agent, timer)
    },
    async stop() {
      clearInterval(repeat)
      for (const timer of leaving.values()) clearTimeout(timer)
      const agents = new Set([...open.keys(), ...leaving.keys()])
      open.clear()
      leaving.clear()
      await Promise.all([...agents].map((agent) => say(agent, false)))
    },
  }
}
