import type { AccountId } from '../src/model.ts'
import type { ChannelView } from '../src/views.ts'

/** What the model knows of a channel: what it declared, never which one it is. Given by main from the registry. */
export interface ChannelFacts {
  view: ChannelView
  addressSpace: 'phone' | 'email' | 'account'
  /** Canonical form of an address typed by hand; null when it is none or cannot be typed on this channel. */
  normalize(raw: string): string | null
}

export type ChannelCatalogue = ReadonlyMap<string, ChannelFacts>

export const factsOf = (catalogue: ChannelCatalogue, channel: string): ChannelFacts => {
  const facts = catalogue.get(channel)
  if (!facts) throw new Error(`channel ${channel} is not in the registry`)
  return facts
}

/** Identities with the same address in the same space are the same person. */
export const spaceOf = (facts: ChannelFacts, account: AccountId): string =>
  facts.addressSpace === 'account' ? account : facts.addressSpace
