import type { RefObject } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { type DraftFile, MAX_FILES } from './drafts.ts'
import { EmojiPicker } from './emoji-picker.tsx'
import { Icon } from './icons.tsx'
import type { Shared } from './panel.tsx'
import { sizeOf } from './when.ts'
import { fill } from './words.ts'

const MAX_TEXT = 10_000
/** The counter shows when it begins to matter. */
const COUNT_FROM = 9_000

export function Composer({ field, ...shared }: Shared & { field: RefObject<HTMLTextAreaElement | null> }) {
  const { chat, words, view } = shared
  const [text, setText] = useState('')
  const [picking, setPicking] = useState(false)
  const chooser = useRef<HTMLInputElement>(null)
  const over = text.trim().length - MAX_TEXT
  const hasFiles = chat.drafts.list.some(({ state }) => state === 'ready')
  const fits = (typed: string) =>
    (typed !== '' || hasFiles) && typed.length <= MAX_TEXT && !chat.drafts.busy && view.connection !== 'expired'
  const ready = fits(text.trim())

  // biome-ignore lint/correctness/useExhaustiveDependencies: its height follows the text.
  useLayoutEffect(() => {
    const element = field.current
    if (!element) return
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight}px`
  }, [text, field])

  /** What stands in the field now: on a busy machine Enter comes before what was typed is drawn again. */
  const send = () => {
    const typed = (field.current?.value ?? text).trim()
    if (!fits(typed)) return
    chat.send(typed)
    setText('')
    field.current?.focus()
  }
  const insert = (emoji: string) => {
    const { selectionStart: from = text.length, selectionEnd: to = from } = field.current ?? {}
    setText(text.slice(0, from) + emoji + text.slice(to))
    setPicking(false)
    field.current?.focus()
  }

  return (
    <footer class="composer">
      <DraftFiles {...shared} />
      {text.length > COUNT_FROM && (
        <p class={over > 0 ? 'count over' : 'count'} role="status">
          {over > 0 ? fill(words.tooLong, { over }) : `${text.length} / ${MAX_TEXT}`}
        </p>
      )}
      {picking && <EmojiPicker onPick={insert} onClose={() => setPicking(false)} label={words.emoji} />}
      <div class="field">
        <textarea
          ref={field}
          rows={1}
          value={text}
          placeholder={words.placeholder}
          aria-label={words.placeholder}
          enterkeyhint="send"
          onInput={({ currentTarget: { value } }) => {
            setText(value)
            chat.typed(value !== '')
          }}
          onBlur={() => chat.typed(false)}
          onPaste={(event) => {
            const files = [...(event.clipboardData?.files ?? [])]
            if (files.length === 0) return
            event.preventDefault()
            chat.drafts.add(files)
          }}
          onKeyDown={(event) => {
            // While an input method composes (Pinyin …), Enter chooses a word. 229 is Safari's way to say so.
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
            event.preventDefault()
            send()
          }}
        />
        <div class="tools">
          <input
            ref={chooser}
            type="file"
            multiple
            hidden
            onChange={({ currentTarget }) => {
              chat.drafts.add(currentTarget.files ?? [])
              currentTarget.value = ''
            }}
          />
          <button
            type="button"
            class="icon"
            aria-label={words.attach}
            title={chat.drafts.list.length < MAX_FILES ? words.attach : words.tooMany}
            disabled={chat.drafts.list.length >= MAX_FILES}
            onClick={() => chooser.current?.click()}
          >
            <Icon name="clip" />
          </button>
          <button
            type="button"
            class="icon"
            aria-label={words.emoji}
            title={words.emoji}
            aria-expanded={picking}
            onClick={() => setPicking(!picking)}
          >
            <Icon name="smile" />
          </button>
          <button
            type="button"
            class="icon send"
            aria-label={words.send}
            title={words.send}
            disabled={!ready}
            onClick={send}
          >
            <Icon name="send" size={18} />
          </button>
        </div>
      </div>
    </footer>
  )
}

function DraftFiles({ chat, words }: Shared) {
  if (chat.drafts.list.length === 0) return null
  return (
    <ul class="drafts">
      {chat.drafts.list.map((draft) => (
        <li key={draft.key} class={draft.state}>
          <Icon name={draft.state === 'failed' ? 'alert' : 'file'} size={16} />
          <span>
            <b>{draft.file.name}</b>
            <small>{stateOf(draft, words)}</small>
          </span>
          <button
            type="button"
            class="icon small"
            aria-label={fill(words.remove, { name: draft.file.name })}
            onClick={() => chat.drafts.remove(draft.key)}
          >
            <Icon name="close" size={14} />
          </button>
        </li>
      ))}
    </ul>
  )
}

const stateOf = (draft: DraftFile, words: Shared['words']): string =>
  draft.state === 'failed'
    ? words[draft.reason]
    : draft.state === 'uploading'
      ? `${words.uploading}…`
      : sizeOf(draft.file.size, document.documentElement.lang)
