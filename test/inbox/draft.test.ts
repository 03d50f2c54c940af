import { describe, expect, it } from 'vitest'
import { type Draft, EMPTY_DRAFT, mayKeySwitch, sent } from '../../inbox/src/composer/draft.ts'
import type { AttachmentView } from '../../src/views.ts'

const file = { id: 'file' } as AttachmentView
const draft = (fields: Partial<Draft>): Draft => ({ ...EMPTY_DRAFT, ...fields })

describe('a draft', () => {
  it('changes its kind by a key only while the box is empty', () => {
    expect(mayKeySwitch(draft({}), 'note')).toBe(true)
    expect(mayKeySwitch(draft({ reply: ' \n' }), 'note')).toBe(true)
    expect(mayKeySwitch(draft({ reply: 'Hello' }), 'note')).toBe(false)
    expect(mayKeySwitch(draft({ kind: 'note', note: 'Rude' }), 'reply')).toBe(false)
    expect(mayKeySwitch(draft({ kind: 'note', note: 'Rude' }), 'note')).toBe(true)
    expect(mayKeySwitch(draft({ kind: 'note', files: { reply: [], note: [file] } }), 'reply')).toBe(false)
    expect(mayKeySwitch(draft({ kind: 'note', reply: 'Hello' }), 'reply')).toBe(true)
  })

  it('keeps the other kind when one was sent', () => {
    const both = draft({
      kind: 'note',
      reply: 'Hello',
      note: 'Rude',
      subject: 'Order',
      files: { reply: [file], note: [file] },
    })
    expect({ ...both, ...sent(both) }).toEqual({ ...both, note: '', files: { reply: [file], note: [] } })
    const reply = { ...both, kind: 'reply' as const }
    expect({ ...reply, ...sent(reply) }).toEqual({
      ...reply,
      reply: '',
      subject: '',
      files: { reply: [], note: [file] },
    })
  })
})
