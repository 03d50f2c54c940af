import { el, fill, icon } from './dom.ts'
import { sourceOf } from './files.ts'
import { avatar } from './people.ts'
import { settings } from './settings.ts'
import type { ScreenMessage } from './store.ts'
import { clock, day, exact } from './time.ts'

interface Options {
  /** Whom the bubbles on the left come from. */
  other: string
  withAvatars: boolean
  retry(id: string): void
}

export const problemWords = (problem: string | undefined): string => {
  const { words } = settings
  if (problem === 'logged out') return words.loggedOut
  if (problem === 'interrupted' || problem === 'starting') return words.restarting
  return problem ?? ''
}

/** What became of a customer's own message. */
export function mark(message: ScreenMessage, retry: (id: string) => void): HTMLElement | null {
  const { words } = settings
  if (message.by === 'hub' || message.state === undefined) return null
  if (message.state === 'sending') return el('span', { class: 'mark' }, words.sending)
  if (message.state === 'taken') return el('span', { class: 'mark' }, words.taken)
  return el(
    'span',
    { class: 'mark refused', role: 'alert', title: problemWords(message.problem) },
    words.refused,
    el('button', { type: 'button', onclick: () => retry(message.id) }, icon('again', 14), words.retry),
  )
}

export function attachments({ files }: ScreenMessage): HTMLElement[] {
  return files.map((file) =>
    file.mimeType.startsWith('image/')
      ? el(
          'a',
          { class: 'image', href: sourceOf(file), target: '_blank', rel: 'noopener' },
          el('img', { src: sourceOf(file), alt: file.name }),
        )
      : el('a', { class: 'file', href: sourceOf(file), download: file.name }, icon('file'), el('span', {}, file.name)),
  )
}

/** A chat's messages, oldest first; new ones come in below and are scrolled to. */
export function bubbles(): {
  element: HTMLElement
  update(messages: ScreenMessage[], options: Options, customer: string, empty: () => HTMLElement): void
} {
  const element = el('div', { class: 'bubbles', role: 'log', tabindex: '0' })
  const made = new Map<string, { content: string; node: HTMLElement }>()
  let shown = ''
  let following = true
  element.addEventListener('scroll', () => {
    following = element.scrollHeight - element.scrollTop - element.clientHeight < 60
  })
  // A picture gets its height late, and must not push the newest message out of sight.
  const follow = () => {
    if (following) element.scrollTop = element.scrollHeight
  }
  element.addEventListener('load', follow, true)

  const nodeOf = (message: ScreenMessage, last: boolean, options: Options, customer: string): HTMLElement => {
    const content = JSON.stringify([message, last])
    const known = made.get(message.id)
    if (known?.content === content) return known.node
    const own = message.by === 'customer'
    const node = el(
      'div',
      { class: `bubble ${own ? 'own' : 'other'}${known ? '' : ' new'}`, title: exact(message.at) },
      options.withAvatars && avatar(own ? customer : options.other, own ? '' : 'shop'),
      el(
        'div',
        { class: 'body' },
        ...attachments(message),
        message.text && el('p', {}, message.text),
        (message.state !== 'taken' || last) && mark(message, options.retry),
      ),
    )
    made.set(message.id, { content, node })
    return node
  }

  return {
    element,
    update(messages, options, customer, empty) {
      const fresh = shown !== customer
      if (fresh) made.clear()
      shown = customer
      const before = made.size
      const lastOwn = messages.findLast(({ by }) => by === 'customer')
      const rows: HTMLElement[] = []
      messages.forEach((message, index) => {
        const previous = messages[index - 1]
        if (!previous || message.at - previous.at > 600_000)
          rows.push(timeOf(made, `time ${message.id}`, `${day(message.at)} ${clock(message.at)}`))
        rows.push(nodeOf(message, message === lastOwn, options, customer))
      })
      fill(element, rows.length > 0 ? rows : [empty()])
      if (fresh) for (const node of rows) node.classList.remove('new')
      if (fresh || (made.size > before && messages.at(-1)?.by === 'customer')) following = true
      follow()
    },
  }
}

function timeOf(made: Map<string, { content: string; node: HTMLElement }>, key: string, text: string): HTMLElement {
  const known = made.get(key)
  if (known?.content === text) return known.node
  const node = el('div', { class: 'time' }, text)
  made.set(key, { content: text, node })
  return node
}
