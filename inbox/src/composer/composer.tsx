import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { useTranslation } from 'react-i18next'
import type { ConversationView } from '../../../src/views.ts'
import { useMessages, useRoutes } from '../api/conversations.ts'
import { keys } from '../api/keys.ts'
import type { MessagePages } from '../api/shapes.ts'
import { lastSeqOf } from '../live/timeline.ts'
import { useShortcuts } from '../shell/shortcuts.ts'
import { messagesOf } from '../thread/rows.ts'
import { cx } from '../ui/class-names.ts'
import { ComposerFiles } from './composer-files.tsx'
import { ComposerFoot } from './composer-foot.tsx'
import { ComposerHead, focusKind } from './composer-head.tsx'
import { type Draft, mayKeySwitch, sent } from './draft.ts'
import { pickRoute, reasonWords, routeKey } from './route-words.ts'
import { answeredSubject } from './subject.ts'
import { GrowingTextArea } from './text-area.tsx'
import { mediaProblem, useUploads } from './uploads.ts'
import { useDraft } from './use-draft.ts'
import { useOutgoing } from './use-outgoing.tsx'
import { useTypingSignal } from './use-typing-signal.ts'

/** Made anew when a refused message was taken back for editing. */
export function Composer({ item }: { item: ConversationView }) {
  const [version, setVersion] = useState(0)
  useEffect(() => {
    const onDraft = (event: Event) => {
      if (event instanceof CustomEvent && event.detail === item.id) setVersion((old) => old + 1)
    }
    window.addEventListener('onethread:draft', onDraft)
    return () => window.removeEventListener('onethread:draft', onDraft)
  }, [item.id])
  return <Box key={version} item={item} />
}

function Box({ item }: { item: ConversationView }) {
  const { t } = useTranslation()
  const box = useRef<HTMLDivElement>(null)
  const c = useComposer(item)
  const focus = () => box.current?.querySelector('textarea')?.focus()
  /** At once, not after a frame: the next letter belongs into the box already. */
  const choose = (kind: Draft['kind']) => {
    flushSync(() => c.change({ kind }))
    focus()
  }
  /** With something in the box, the key only leads to the tab; Enter there is a decision. */
  const byKey = (kind: Draft['kind']) => () =>
    mayKeySwitch(c.draft, kind) ? choose(kind) : focusKind(box.current, kind)
  useShortcuts({ r: byKey('reply'), n: byKey('note') })
  const send = () => {
    flushSync(c.send)
    focus()
  }
  const [over, setOver] = useState(false)
  return (
    <div className="shrink-0 px-4 pb-4 max-md:px-2 max-md:pb-2">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: files may be dropped here; the button does the same by keyboard */}
      <div
        ref={box}
        data-writing
        onKeyDown={(event) => {
          const { target, currentTarget } = event
          // Letters act again; a menu opened from here lies elsewhere in the page and closes by itself.
          if (event.key === 'Escape' && target instanceof HTMLElement && currentTarget.contains(target)) target.blur()
        }}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault()
          setOver(false)
          c.uploads.upload(event.dataTransfer.files)
        }}
        className={cx(
          'mx-auto max-w-190 rounded-panel border',
          c.isNote
            ? 'border-warn bg-note focus-within:ring-1 focus-within:ring-warn'
            : 'border-line-strong/50 bg-raised focus-within:border-accent',
          over && 'border-dashed border-accent',
        )}
      >
        <ComposerHead draft={c.draft} routes={c.routes} route={c.route} change={c.change} choose={choose} />
        {c.asksSubject && (
          <input
            aria-label={t('composer.subject')}
            placeholder={c.answered ? t('composer.subjectAgain', { subject: c.answered }) : t('composer.subject')}
            value={c.draft.subject}
            onChange={(event) => c.change({ subject: event.target.value })}
            className="block w-full border-b border-line bg-transparent px-3 py-1.5 text-sm outline-none"
          />
        )}
        <GrowingTextArea
          key={c.draft.kind}
          aria-label={t(c.isNote ? 'composer.noteText' : 'composer.replyText')}
          placeholder={t(c.isNote ? 'composer.notePlaceholder' : 'composer.replyPlaceholder')}
          value={c.text}
          onChange={(event) => c.write(event.target.value)}
          onBlur={c.typing.stop}
          onPaste={(event) => {
            if (event.clipboardData.files.length === 0) return
            event.preventDefault()
            c.uploads.upload(event.clipboardData.files)
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.metaKey || event.ctrlKey) && !event.nativeEvent.isComposing) {
              event.preventDefault()
              send()
            }
          }}
          className="px-3 pt-2 pb-1"
        />
        <ComposerFiles files={c.files} pending={c.uploads.pending} onDrop={c.dropFile} />
        <ComposerFoot
          blocked={c.blocked}
          left={c.left}
          isNote={c.isNote}
          canSend={c.canSend}
          onFiles={c.uploads.upload}
          onSend={send}
        />
      </div>
    </div>
  )
}

/** How near to the limit the counter appears. */
const COUNT_FROM = 0.8

function useComposer(item: ConversationView) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const outgoing = useOutgoing()
  const [draft, change] = useDraft(item.id)
  const typing = useTypingSignal(item.id)
  const messages = useMessages(item.id).data
  const routes = useRoutes(item.id).data ?? null
  const isNote = draft.kind === 'note'
  const route = routes ? pickRoute(routes, draft.route) : null
  const text = draft[draft.kind]
  const max = !isNote && route ? route.capabilities.text.maxLength : Number.POSITIVE_INFINITY
  const left = text.length >= max * COUNT_FROM ? max - text.length : null
  const { kind } = draft
  const files = draft.files[kind]
  const latest = useRef(draft.files)
  latest.current = draft.files
  const uploads = useUploads(
    (file) => change({ files: { ...latest.current, [kind]: [...latest.current[kind], file] } }),
    isNote ? null : (route?.capabilities ?? null),
  )
  const badFile = isNote || !route ? undefined : files.find((file) => mediaProblem(file, route.capabilities))
  const blocked = isNote
    ? null
    : route
      ? (reasonWords(route, t) ?? (badFile ? t('file.wrongType', { name: badFile.name }) : null))
      : routes
        ? t('composer.noWay')
        : null
  const hasContent = text.trim() !== '' || files.length > 0
  const canSend =
    hasContent &&
    uploads.pending.length === 0 &&
    blocked === null &&
    (left === null || left >= 0) &&
    (isNote || route !== null)

  const send = () => {
    if (!canSend) return
    typing.stop()
    outgoing.send({
      clientId: crypto.randomUUID(),
      conversationId: item.id,
      kind: draft.kind,
      text: text.trim(),
      subject: !isNote && route?.capabilities.subject && draft.subject.trim() ? draft.subject.trim() : null,
      identityId: isNote ? null : (route?.identityId ?? null),
      accountId: isNote ? null : (route?.accountId ?? null),
      attachments: files,
      afterSeq: lastSeqOf(client.getQueryData<MessagePages>(keys.messages(item.id))),
    })
    change(sent(draft))
  }
  return {
    draft,
    change,
    routes,
    route,
    isNote,
    text,
    files,
    left,
    blocked,
    canSend,
    send,
    typing,
    uploads,
    answered: answeredSubject(messages ? messagesOf(messages) : [], item.subject),
    asksSubject: !isNote && route?.capabilities.subject === true,
    write: (value: string) => {
      change({ [draft.kind]: value })
      if (!isNote) typing.typed()
    },
    dropFile: (id: string) => change({ files: { ...draft.files, [kind]: files.filter((file) => file.id !== id) } }),
    routeKey: route ? routeKey(route) : null,
  }
}
