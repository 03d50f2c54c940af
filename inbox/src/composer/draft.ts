import type { AttachmentView } from '../../../src/views.ts'

/** What stands in a composer and was not sent: kept per conversation, so that nothing typed is lost. */
export interface Draft {
  kind: 'reply' | 'note'
  reply: string
  note: string
  subject: string
  /** Of each kind its own, as its text: what was put into a note never goes to the customer by switching. */
  files: Record<'reply' | 'note', AttachmentView[]>
  /** The way chosen by hand, `identity:account`; null = the best one. */
  route: string | null
}

export const EMPTY_DRAFT: Draft = {
  kind: 'reply',
  reply: '',
  note: '',
  subject: '',
  files: { reply: [], note: [] },
  route: null,
}

const hasContent = (draft: Draft, kind: Draft['kind']): boolean =>
  draft[kind].trim() !== '' || draft.files[kind].length > 0

/** A key alone chooses the kind only while nothing stands in the box: otherwise a slip of a finger would change it. */
export const mayKeySwitch = (draft: Draft, to: Draft['kind']): boolean =>
  draft.kind === to || !hasContent(draft, draft.kind)

/** The draft after a message of its kind was sent: the other kind's stays as it was. */
export const sent = (draft: Draft): Partial<Draft> => ({
  [draft.kind]: '',
  files: { ...draft.files, [draft.kind]: [] },
  ...(draft.kind === 'reply' ? { subject: '' } : {}),
})

export const isEmpty = (draft: Draft): boolean => !hasContent(draft, 'reply') && !hasContent(draft, 'note')
