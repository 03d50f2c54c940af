import type { DeviceMessage, PeerMedia, PlannedFailure } from '../peer.ts'

/** What the peer and its process with the puppet say to each other. */
export type ToServer = { call: number } & (
  | { type: 'say'; customer: string; name: string | null; text: string; media: PeerMedia[] }
  | { type: 'typeOnPhone'; customer: string; text: string }
  | { type: 'recall'; customer: string; messageId: string }
  | { type: 'inRoom'; customer: string; text: string }
  | { type: 'scan' }
  | { type: 'logout' }
  | { type: 'fail'; how: PlannedFailure; times: number }
)

export type FromServer =
  | { type: 'ready' }
  | { type: 'done'; call: number; value: string }
  | { type: 'broken'; call: number; error: string }
  | { type: 'login'; loggedIn: boolean }
  | { type: 'shown'; customer: string; message: DeviceMessage }

export interface ServerOptions {
  endpoint: string
  token: string
  loggedIn: boolean
  /** Customers from an earlier run, as the phone's address book still has them. */
  contacts: { id: string; name: string }[]
}
