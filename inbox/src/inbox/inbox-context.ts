import { createContext, use } from 'react'
import type { ConversationView } from '../../../src/views.ts'
import type { ListFilter } from '../api/shapes.ts'

export interface InboxState {
  filter: ListFilter
  items: ConversationView[]
  openId: string | null
  open(id: string): void
  /** Back to the list alone (a phone's back, or nothing left to open). */
  close(): void
  /** Opens the neighbour below, else above, before the open one leaves the list. */
  openNext(): void
}

export const InboxContext = createContext<InboxState | null>(null)

export const useInbox = (): InboxState => {
  const inbox = use(InboxContext)
  if (!inbox) throw new Error('useInbox is only for what stands in the inbox')
  return inbox
}
