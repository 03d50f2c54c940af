import type { AgentView, ConversationView, EventView, MessageView } from '../../../src/views.ts'

/** Shapes of answers that are made of views. */

export interface Page<T> {
  items: T[]
  nextCursor: string | null
}

/** What an infinite query keeps. */
export interface Pages<P> {
  pages: P[]
  pageParams: unknown[]
}

/** `items` oldest first; `nextBefore` asks for the page before it. */
export interface MessagePage {
  items: MessageView[]
  events: EventView[]
  nextBefore: number | null
}

/** `language` is absent until the agent chose one. */
export type Me = AgentView & { language?: string | null }

export interface Session {
  agent: Me
  sandbox: boolean
  version: string
}

export interface Counts {
  mine: number
  unassigned: number
  all: number
  snoozed: number
  resolved: number
}

export const VIEWS = ['mine', 'unassigned', 'all', 'snoozed', 'resolved'] as const
export type ViewName = (typeof VIEWS)[number]

/** What a list of conversations is asked for. */
export interface ListFilter {
  view: ViewName
  /** Narrows the active views; the others have one status. */
  status?: 'open' | 'pending' | undefined
  account?: string | undefined
  team?: string | undefined
  assignee?: string | undefined
  label?: string | undefined
  q?: string | undefined
  sort?: 'recent' | 'waiting' | undefined
}

export interface TokenView {
  id: string
  name: string | null
  createdAt?: number | string
  lastUsedAt?: number | string | null
}

export type ConversationPages = Pages<Page<ConversationView>>
export type MessagePages = Pages<MessagePage>
