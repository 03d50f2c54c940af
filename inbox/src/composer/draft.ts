import { useCallback, useEffect, useRef, useState } from 'react'
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

const keyOf = (conversationId: string) => `onethread.draft.${conversationId}`

const isEmpty = (draft: Draft): boolean => !hasContent(draft, 'reply') && !hasContent(draft, 'note')

const read = (conversationId: string): Draft => {
  try {
    return { ...EMPTY_DRAFT, ...(JSON.parse(localStorage.getItem(keyOf(conversationId)) ?? '{}') as Partial<Draft>) }
  } catch {
    return EMPTY_DRAFT
  }
}

const write = (conversationId: string, draft: Draft): void => {
  try {
    if (isEmpty(draft)) localStorage.removeItem(keyOf(conversationId))
    else localStorage.setItem(keyOf(conversationId), JSON.stringify(draft))
  } catch {
    // Storage full or forbidden: the text still stands in the composer.
  }
}

export function useDraft(conversationId: string): [Draft, (change: Partial<Draft>) => void] {
  const [draft, setDraft] = useState(() => read(conversationId))
  const latest = useRef(draft)
  const change = useCallback((fields: Partial<Draft>) => {
    latest.current = { ...latest.current, ...fields }
    setDraft(latest.current)
  }, [])
  useEffect(() => {
    const timer = setTimeout(() => write(conversationId, draft), 250)
    return () => clearTimeout(timer)
  }, [conversationId, draft])
  useEffect(() => {
    const save = () => write(conversationId, latest.current)
    window.addEventListener('pagehide', save)
    return () => {
      window.removeEventListener('pagehide', save)
      save()
    }
  }, [conversationId])
  return [draft, change]
}

/** Puts what was not sent back into the composer, before what is typed there already. */
export function returnToDraft(item: {
  conversationId: string
  kind: Draft['kind']
  text: string
  subject: string | null
  attachments: AttachmentView[]
}): void {
  const draft = read(item.conversationId)
  const typed = draft[item.kind]
  write(item.conversationId, {
    ...draft,
    kind: item.kind,
    [item.kind]: typed ? `${item.text}\n${typed}` : item.text,
    subject: draft.subject || (item.subject ?? ''),
    files: { ...draft.files, [item.kind]: [...item.attachments, ...draft.files[item.kind]] },
  })
}
