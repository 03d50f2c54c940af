import { attachments, mark } from './bubbles.ts'
import { el, fill, icon } from './dom.ts'
import { chooseFiles, type Picked, takeDrops } from './files.ts'
import { avatar } from './people.ts'
import type { Part } from './phone.ts'
import { settings } from './settings.ts'
import type { ScreenMessage, Store } from './store.ts'
import { exact, short } from './time.ts'

type Place = { at: 'list' } | { at: 'reading'; id: string } | { at: 'writing' }

/** A mail program: the list, one mail with an answer below it, or a new mail. */
export function mailWindow(store: Store, isLookedAt: () => boolean): Part {
  const { words } = settings
  const body = el('div', { class: 'mail-body' })
  const bar = el('div', { class: 'titlebar' })
  const element = el('div', { class: 'window mail' }, bar, body)
  let place: Place = { at: 'list' }
  let owner = ''
  /** What is on the screen now: drawn again only when it changes, so that a text that is being written stays. */
  let drawn = ''

  const go = (next: Place) => {
    place = next
    store.now && update()
  }
  const current = () => store.customer('mail')?.address ?? ''
  const subjectOf = (message: ScreenMessage): string => message.subject || firstLine(message.text) || words.noSubject

  const row = (message: ScreenMessage, fresh: boolean): HTMLElement => {
    const own = message.by === 'customer'
    const name = own ? `${words.to}: ${store.now?.shop.name ?? ''}` : (store.now?.shop.name ?? '')
    return el(
      'button',
      { type: 'button', class: `row ${fresh ? 'fresh' : ''}`, onclick: () => go({ at: 'reading', id: message.id }) },
      avatar(own ? (store.customer('mail')?.name ?? '') : 'Fern Kettle', own ? '' : 'shop'),
      el(
        'span',
        { class: 'text' },
        el(
          'span',
          { class: 'top' },
          el('strong', {}, name),
          el('time', { title: exact(message.at) }, short(message.at)),
        ),
        el('span', { class: 'subject' }, subjectOf(message)),
        el('span', { class: 'snippet' }, message.text.replace(/\s+/g, ' ').slice(0, 90)),
        message.state === 'taken' ? null : mark(message, (id) => store.retry('mail', current(), id)),
      ),
      message.files.length > 0 && icon('clip', 14),
    )
  }

  const list = (messages: ScreenMessage[]): HTMLElement[] => {
    const seenAt = store.now?.screens.mail?.[current()]?.seenAt ?? 0
    if (messages.length === 0)
      return [
        el(
          'div',
          { class: 'empty' },
          icon('mail', 28),
          el('p', {}, words.noMail),
          el(
            'button',
            { type: 'button', class: 'primary', onclick: () => go({ at: 'writing' }) },
            icon('pen'),
            words.compose,
          ),
        ),
      ]
    return messages.toReversed().map((message) => row(message, message.by === 'hub' && message.at > seenAt))
  }

  const reading = (message: ScreenMessage): HTMLElement[] => {
    const own = message.by === 'customer'
    const me = store.customer('mail')
    const from = own ? `${me?.name} <${me?.address}>` : `${store.now?.shop.name} <${store.now?.shop.mail}>`
    return [
      el(
        'article',
        {},
        el('h3', {}, subjectOf(message)),
        el(
          'div',
          { class: 'from' },
          avatar(own ? (me?.name ?? '') : 'Fern Kettle', own ? '' : 'shop'),
          el('span', {}, el('strong', {}, from), el('time', { title: exact(message.at) }, exact(message.at))),
        ),
        message.html ? htmlFrame(message.html) : el('div', { class: 'plain' }, message.text),
        el('div', { class: 'files' }, ...attachments(message)),
        mark(message, (id) => store.retry('mail', current(), id)),
      ),
      own ? el('span') : writer({ answers: message }),
    ]
  }

  const writer = ({ answers }: { answers: ScreenMessage | null }): HTMLElement => {
    const files: Picked[] = []
    const subject = el('input', { type: 'text', placeholder: words.subject, 'aria-label': words.subject })
    const placeholder = answers ? words.writeReply : words.writeMail
    const text = el('textarea', { rows: answers ? 3 : 10, placeholder, 'aria-label': placeholder })
    const chips = el('div', { class: 'chips' })
    const add = (more: Picked[]) => {
      files.push(...more)
      fill(
        chips,
        files.map((file) => el('span', {}, icon('clip', 14), file.name)),
      )
    }
    const send = () => {
      if (text.value.trim() === '' && files.length === 0) return
      store.say({
        device: 'mail',
        customer: current(),
        text: text.value,
        media: files,
        ...(answers ? { answers: answers.id } : { answers: null, subject: subject.value.trim() }),
      })
      drawn = ''
      go({ at: 'list' })
    }
    text.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) send()
    })
    const form = el(
      'div',
      { class: `writer ${answers ? 'answer' : 'new'}` },
      !answers &&
        el('div', { class: 'address' }, el('span', {}, words.to), `${store.now?.shop.name} <${store.now?.shop.mail}>`),
      !answers && subject,
      text,
      chips,
      el(
        'div',
        { class: 'actions' },
        el('button', { type: 'button', class: 'primary', onclick: send }, answers ? words.reply : words.send),
        el(
          'button',
          {
            type: 'button',
            class: 'round',
            title: words.attach,
            'aria-label': words.attach,
            onclick: () => chooseFiles('', add),
          },
          icon('clip', 18),
        ),
      ),
      el('div', { class: 'drop', 'aria-hidden': 'true' }, words.dropHere),
    )
    takeDrops(form, add)
    return form
  }

  const drawBar = () => {
    const dots = el('span', { class: 'dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i'))
    const left =
      place.at === 'list'
        ? el('strong', {}, words.inbox)
        : el('button', { type: 'button', class: 'quiet', onclick: () => go({ at: 'list' }) }, icon('back'), words.inbox)
    const compose = el(
      'button',
      { type: 'button', class: 'quiet', title: words.compose, onclick: () => go({ at: 'writing' }) },
      icon('pen'),
      words.compose,
    )
    fill(bar, [dots, left, place.at === 'writing' ? null : compose])
  }

  const update = () => {
    if (current() !== owner) place = { at: 'list' }
    owner = current()
    const messages = store.messages('mail', owner)
    const { id } = place.at === 'reading' ? place : { id: '' }
    const read = messages.find((message) => message.id === id)
    if (place.at === 'reading' && !read) place = { at: 'list' }
    const content =
      place.at === 'list'
        ? messages.map((one) => [one, store.unread('mail', owner)])
        : place.at === 'reading'
          ? read
          : null
    const next = JSON.stringify([owner, place, content])
    if (next === drawn) return
    drawn = next
    drawBar()
    body.className = `mail-body ${place.at}`
    fill(body, [])
    fill(body, place.at === 'list' ? list(messages) : read ? reading(read) : [writer({ answers: null })])
    if (place.at === 'writing') body.querySelector('input')?.focus()
    if (place.at === 'reading' && isLookedAt()) store.look('mail', owner)
  }
  return { element, update }
}

const firstLine = (text: string): string => text.trim().split('\n')[0]?.slice(0, 70) ?? ''

/** Scripts, forms and links of a mail do nothing here. */
function htmlFrame(html: string): HTMLIFrameElement {
  const frame = el('iframe', { class: 'html', sandbox: 'allow-same-origin', title: 'mail' })
  frame.srcdoc = `<!doctype html><meta charset="utf-8"><style>body{margin:0;font:14px/1.5 system-ui,sans-serif;color:#1a1c25;background:#fff;overflow-wrap:anywhere}img{max-width:100%}</style>${html}`
  frame.onload = () => {
    frame.style.height = `${(frame.contentDocument?.documentElement.scrollHeight ?? 120) + 4}px`
  }
  return frame
}
