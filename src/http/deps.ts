import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { Administration } from '../../conversations/administration/administration.ts'
import type { Commands } from '../../conversations/commands.ts'
import type { Auth } from '../auth.ts'
import type { Bus } from '../bus.ts'
import type { Db } from '../db.ts'
import type { MediaStore } from '../media.ts'
import type { AccountId, ContactId, ConversationId, Millis } from '../model.ts'
import type { ChannelView, RouteView } from '../views.ts'

/** Everything the HTTP side needs, given by main. It imports no adapter. */
export interface HttpDeps {
  db: Db
  bus: Pick<Bus, 'followEvents' | 'eventsPosition' | 'signal' | 'onSignal'>
  config: { publicUrl: string; sandbox: boolean; version: string }
  commands: Commands
  administration: Administration
  auth: Auth
  media: MediaStore
  /** What can be set up, in the order of the settings page. */
  channels: ChannelView[]
  /** Ways to reach a contact, best first, with the reasons of those that are not possible: the gate's word. */
  routesFor(of: { contactId: ContactId } | { conversationId: ConversationId }): Promise<RouteView[]>
  /**
   * The host's door for providers. Null when no account of this id takes requests. The request's URL is the account's
   * public one; its header `x-onethread-client-ip` is ours.
   */
  hooks(account: AccountId, request: Request): Promise<Response | null>
  adapterPowers: {
    /** Shows the customer that somebody types, where the channel can. */
    typing(conversation: ConversationId, on: boolean): Promise<void>
    /** False when the account's channel has no login to end. */
    logout(account: AccountId): Promise<boolean>
  }
  /** The sandbox's pages, or null where there is none (production). */
  sandbox: ((request: Request) => Promise<Response>) | null
  /** Folders of the built inbox and widget. */
  inboxDir: string
  widgetDir: string
  ready(): Promise<{ ok: boolean; checks: Record<string, { ok: boolean; detail: string }> }>
  metrics: Registry
  log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  /** Signs what must not be guessed from the database, e.g. hashes of request bodies. 32 bytes. */
  secret: Uint8Array
  now(): Millis
}
