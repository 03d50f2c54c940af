import type { ConversationView, DeliveryView, EventView, MessageView } from '../../src/views.ts'

export const conversation = (fields: Partial<ConversationView> = {}): ConversationView => ({
  id: 'v1',
  contact: { id: 'c1', name: 'Li Wei', vipLevel: 0 },
  accountId: 'a1',
  identityId: 'i1',
  address: '+8613800138000',
  teamId: 't1',
  assigneeId: 'me',
  status: 'open',
  priority: 'normal',
  subject: null,
  waitingSince: null,
  unread: 0,
  snoozedUntil: null,
  preview: 'Hello',
  previewDirection: 'in',
  lastMessageAt: 1000,
  lastSeq: 10,
  labelIds: [],
  createdAt: 1,
  updatedAt: 1000,
  ...fields,
})

export const delivery = (fields: Partial<DeliveryView> = {}): DeliveryView => ({
  id: 'd1',
  state: 'planned',
  failure: null,
  attempts: 1,
  nextAttemptAt: null,
  at: 1000,
  ...fields,
})

export const message = (fields: Partial<MessageView> = {}): MessageView => ({
  id: 'm1',
  seq: 10,
  conversationId: 'v1',
  direction: 'in',
  accountId: 'a1',
  identityId: 'i1',
  authorId: null,
  text: 'Hello',
  html: null,
  subject: null,
  quotedFrom: null,
  automatic: false,
  withdrawnAt: null,
  sentAt: 1000,
  createdAt: 1000,
  attachments: [],
  delivery: null,
  ...fields,
})

export const event = (fields: Partial<EventView> = {}): EventView => ({
  id: 'e1',
  seq: 1,
  type: 'created',
  actorId: null,
  data: {},
  at: 900,
  ...fields,
})
