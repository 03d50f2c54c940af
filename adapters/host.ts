import { ACCOUNTS_CHANGED, type ChangedThread, THREADS_CHANGED } from '../src/bus.ts'
import type { AccountId, RemoteId } from '../src/model.ts'
import type { Channel } from './contract.ts'
import { comeAgain } from './host/come-again.ts'
import { type AccountDeps, type HostAccount, RunningAccount } from './host/running-account.ts'

export type { HostAccount } from './host/running-account.ts'
export type { Claim, Content } from './host/sender.ts'

/** The only bridge between adapters and NATS: it runs every enabled account and hands work both ways. */
export interface Host {
  start(): Promise<void>
  stop(): Promise<void>
  /** Looks at the accounts again and starts, stops or restarts what changed. */
  reload(): Promise<void>
  /**
   * Null when there is no account of this id, or one that takes no requests. One that is only not running now (the hub
   * starts or stops, settings were just changed) answers 503: providers come again then, and give up after a 404.
   */
  handle(account: AccountId, request: Request): Promise<Response | null>
  /** Shows a customer that somebody types, where the channel can. */
  typing(account: AccountId, address: string, on: boolean): Promise<void>
  /** Tells a customer's side that their messages were read, where the channel can. */
  markRead(account: AccountId, address: string, upTo: RemoteId): Promise<void>
  /** False when the channel has no login to end. */
  logout(account: AccountId): Promise<boolean>
}

/** A signal about a changed account can be missed; this often the host looks anyway. */
const LOOK_EVERY_MS = 30_000

export const createHost = (
  deps: AccountDeps & { channels: readonly Channel[]; accounts(): Promise<HostAccount[]> },
): Host => {
  const running = new Map<AccountId, RunningAccount>()
  /** Versions seen, also of accounts whose settings are wrong, so that they are not tried in a circle. */
  const seen = new Map<AccountId, string>()
  const channelOf = new Map(deps.channels.map((channel) => [channel.channel, channel]))
  let reloading: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | null = null
  let stopped = false

  const stopAccount = async (id: AccountId): Promise<void> => {
    const account = running.get(id)
    running.delete(id)
    seen.delete(id)
    await account?.stop()
  }

  const startAccount = async (account: HostAccount): Promise<void> => {
    seen.set(account.id, account.version)
    const channel = channelOf.get(account.channel)
    if (!channel) return deps.log.error({ account: account.id, channel: account.channel }, 'No such channel')
    const opened = await RunningAccount.open(account, channel, deps)
    if (opened) running.set(account.id, opened)
  }

  const guarded = async (account: HostAccount, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error)
      deps.log.error({ account: account.id, error: what }, 'Could not start or stop an account')
      seen.delete(account.id)
    }
  }

  const look = async (): Promise<void> => {
    if (stopped) return
    const wanted = (await deps.accounts()).filter((account) => account.enabled)
    const ids = new Set(wanted.map((account) => account.id))
    const gone = [...seen.keys()].filter((id) => !ids.has(id))
    await Promise.allSettled(gone.map(stopAccount))
    const changed = wanted.filter((account) => seen.get(account.id) !== account.version)
    await Promise.all(
      changed.map((account) =>
        guarded(account, async () => {
          await stopAccount(account.id)
          await startAccount(account)
        }),
      ),
    )
  }

  const reload = (): Promise<void> => {
    reloading = reloading
      .then(look)
      .catch((error: unknown) => deps.log.error({ error: String(error) }, 'Could not look at the accounts'))
    return reloading
  }

  return {
    async start() {
      deps.bus.onSignal(ACCOUNTS_CHANGED, () => void reload())
      deps.bus.onSignal(THREADS_CHANGED, (data) => {
        for (const { account, address } of (data as { threads: ChangedThread[] }).threads)
          running.get(account)?.adapter.threadChanged?.(address)
      })
      timer = setInterval(() => void reload(), LOOK_EVERY_MS)
      await reload()
    },
    async stop() {
      stopped = true
      if (timer) clearInterval(timer)
      await reloading
      await Promise.allSettled([...running.keys()].map(stopAccount))
    },
    reload,
    async handle(id, request) {
      const account = running.get(id)
      if (account) return account.handle(request)
      const exists = (await deps.accounts()).some((one) => one.id === id && one.enabled)
      return exists ? comeAgain('Not running', 'This account is not running now. Send it again.') : null
    },
    async typing(id, address, on) {
      await running.get(id)?.adapter.typing?.(address, on)
    },
    async markRead(id, address, upTo) {
      await running.get(id)?.adapter.markRead?.(address, upTo)
    },
    async logout(id) {
      const adapter = running.get(id)?.adapter
      if (!adapter?.logout) return false
      await adapter.logout()
      return true
    },
  }
}
