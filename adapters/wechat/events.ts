import type { AccountId, Identity, InboundEvent, MediaRef, RemoteId, SendKey } from '../../src/model.ts'
import type { AdapterContext } from '../contract.ts'
import type { ChildContact, FromChild, Incoming } from './protocol.ts'

type Withdrawn = Extract<FromChild, { type: 'withdrawn' }>

/** Who an event is about. Of the account's own messages too it is the customer: whose thread it stands in. */
const identityOf = (contact: ChildContact): Identity => ({
  address: contact.address,
  ...(contact.name !== '' && { displayName: contact.name }),
  verified: contact.stable,
})

export async function messageEvent(
  account: AccountId,
  store: AdapterContext['media'],
  message: Incoming,
): Promise<InboundEvent> {
  return {
    kind: 'message',
    account,
    id: message.id as RemoteId,
    at: message.at,
    thread: message.contact.address,
    from: identityOf(message.contact),
    text: printable(message.text),
    media: await mediaOf(store, message.file),
    // Of ours only what was typed on the phone comes here; echoes of sends are receipts.
    ...(message.self && { echoOf: 'external' as const }),
  }
}

/** Our own message is back: WeChat has put it into the conversation. It is all that Wechaty ever tells of a send. */
export const receiptEvent = (account: AccountId, message: Incoming, sendKey: SendKey): InboundEvent => ({
  kind: 'receipt',
  account,
  id: message.id,
  at: message.at,
  of: { sendKey },
  status: 'sent',
})

export const withdrawnEvent = (account: AccountId, { id, of, contact, at }: Withdrawn): InboundEvent => ({
  kind: 'withdrawn',
  account,
  id,
  at,
  thread: contact.address,
  of: of as RemoteId,
})

async function mediaOf(store: AdapterContext['media'], file: Incoming['file']): Promise<MediaRef[]> {
  if (file === null) return []
  const { name, mimeType } = file
  if ('refused' in file) return [{ state: 'refused', name, mimeType, size: file.size, reason: file.refused }]
  return [await store.put(file.content, { name, mimeType })]
}

/** Control characters say nothing and break what comes after (PostgreSQL takes no NUL). Tab and newline stay. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const printable = (text: string): string => text.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F]/g, '')
