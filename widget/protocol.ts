/** What the loader on the website and the app in the iframe say to each other. Both check the exact origin. */

export const TAG = 'onethread'

export type ToApp =
  /** The loader's first word, in answer to `ready`: what it keeps for an app whose browser lets it keep nothing. */
  | { type: 'kept'; values: Record<string, string> }
  /** This tab is now the one that holds the connection. */
  | { type: 'lead' }
  | { type: 'open' }
  | { type: 'close' }
  | { type: 'identify'; jwt: string }
  | { type: 'logout' }

export type ToHost =
  | { type: 'ready'; accent: string; onAccent: string; position: 'left' | 'right' }
  /** Sent only where the frame has no storage of its own (third-party storage is blocked). Null forgets. */
  | { type: 'keep'; key: string; value: string | null }
  /** Asks for `lead`, where the browser lets a frame have no locks either. */
  | { type: 'mayLead'; name: string }
  | { type: 'close' }
  | { type: 'unread'; count: number }
  /** Whether this browser has a conversation to come back to. */
  | { type: 'session'; active: boolean }
  | { type: 'message'; text: string }
  /** The website should call identify() again. */
  | { type: 'identityExpired' }

export type Tagged<T> = T & { tag: typeof TAG }
