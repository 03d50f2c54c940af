import { useEffect, useRef, useState } from 'preact/hooks'
import type { Chat, View } from './chat.ts'
import { Composer } from './composer.tsx'
import { Icon } from './icons.tsx'
import type { Settings } from './settings.ts'
import { ThreadLog } from './thread-log.tsx'
import type { Words } from './words.ts'

export interface Shared {
  chat: Chat
  view: View
  words: Words
  settings: Settings
}

function useView(chat: Chat): View {
  const [view, setView] = useState(chat.view)
  useEffect(() => {
    setView(chat.view)
    return chat.subscribe(() => setView(chat.view))
  }, [chat])
  return view
}

export function Panel({ chat, settings, words }: Omit<Shared, 'view'>) {
  const view = useView(chat)
  const shared = { chat, view, words, settings }
  const [dropping, setDropping] = useState(false)
  const composer = useRef<HTMLTextAreaElement>(null)

  // On a phone the keyboard would cover what there is to read.
  useEffect(() => {
    if (view.open && matchMedia('(pointer: fine)').matches) composer.current?.focus()
  }, [view.open])

  return (
    <main
      class="panel"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented && settings.hostOrigin) chat.close()
      }}
      onDragOver={(event) => {
        event.preventDefault()
        setDropping(true)
      }}
      onDragLeave={(event) => {
        if (!(event.relatedTarget instanceof Node)) setDropping(false)
      }}
      onDrop={(event) => {
        event.preventDefault()
        setDropping(false)
        chat.drafts.add(event.dataTransfer?.files ?? [])
      }}
    >
      <Head {...shared} />
      <Banner {...shared} />
      <ThreadLog {...shared} />
      <Composer {...shared} field={composer} />
      {dropping && (
        <div class="drop">
          <Icon name="clip" size={28} />
          {words.drop}
        </div>
      )}
    </main>
  )
}

function Head({ chat, view, words, settings }: Shared) {
  return (
    <header class="head">
      <div class="head-mark" aria-hidden="true">
        {[...settings.title][0]?.toUpperCase()}
        <i class={view.attended ? 'dot on' : 'dot'} />
      </div>
      <div class="head-words">
        <h1>{settings.title}</h1>
        <p>{view.attended === null ? ' ' : view.attended ? words.online : words.away}</p>
      </div>
      {settings.hostOrigin && (
        <button
          type="button"
          class="icon on-accent"
          onClick={() => chat.close()}
          aria-label={words.close}
          title={words.close}
        >
          <Icon name="close" />
        </button>
      )}
    </header>
  )
}

/** Shown only when it lasts: a reconnect of a second is nobody's business. */
const PATIENCE_MS = 1500

function Banner({ view, words }: Shared) {
  const [late, setLate] = useState(false)
  const lost = view.connection === 'lost'
  useEffect(() => {
    setLate(false)
    if (!lost) return
    const timer = setTimeout(() => setLate(true), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [lost])
  const words_ = view.connection === 'expired' ? words.expired : lost && late ? words.reconnecting : null
  return (
    <div role="status">
      {words_ && (
        <p class="banner">
          <Icon name="cloudOff" size={16} />
          {words_}
        </p>
      )}
    </div>
  )
}
