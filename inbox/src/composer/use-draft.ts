import { useCallback, useEffect, useRef, useState } from 'react'
import type { AttachmentView } from '../../../src/views.ts'
import { type Draft, EMPTY_DRAFT, isEmpty } from './draft.ts'

const keyOf = (conversationId: string) => `onethread.draft.${conversationId}`

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
