import { el, icon } from './dom.ts'
import { chooseFiles, type Picked } from './files.ts'
import { settings } from './settings.ts'

const SAMPLES = ['cup', 'tea', 'receipt', 'parcel']

interface Options {
  placeholder: string
  send(text: string): void
  sendFiles(files: Picked[]): void
  sendSample(name: string): void
}

/** Where a phone's owner types: Enter sends, the picture button offers photos at hand or files. */
export function composer(options: Options): { element: HTMLElement; focus(): void } {
  const { words } = settings
  const input = el('textarea', { rows: 1, placeholder: options.placeholder, 'aria-label': options.placeholder })
  const grow = () => {
    input.style.height = 'auto'
    input.style.height = `${Math.min(input.scrollHeight, 96)}px`
    element.classList.toggle('has-text', input.value.trim() !== '')
  }
  const send = () => {
    const text = input.value.trim()
    if (text === '') return
    options.send(text)
    input.value = ''
    grow()
    input.focus()
  }
  const tray = el(
    'div',
    { class: 'tray', hidden: true },
    ...SAMPLES.map((name) =>
      el(
        'button',
        { type: 'button', class: 'photo', title: words.picture, onclick: () => pick(() => options.sendSample(name)) },
        el('img', { src: `/sandbox/samples/${name}.png`, alt: name, loading: 'lazy' }),
      ),
    ),
    el(
      'button',
      { type: 'button', class: 'disk', onclick: () => pick(() => chooseFiles('image/*', options.sendFiles)) },
      words.fromDisk,
    ),
  )
  const pictures = el(
    'button',
    {
      type: 'button',
      class: 'round',
      title: words.picture,
      'aria-label': words.picture,
      'aria-expanded': 'false',
      onclick: () => show(tray.hasAttribute('hidden')),
    },
    icon('picture', 18),
  )
  const show = (on: boolean) => {
    tray.hidden = !on
    pictures.setAttribute('aria-expanded', String(on))
  }
  const pick = (act: () => void) => {
    show(false)
    act()
  }
  const submit = el(
    'button',
    { type: 'button', class: 'round go', title: words.send, 'aria-label': words.send, onclick: send },
    icon('send', 18),
  )
  input.addEventListener('input', grow)
  input.addEventListener('keydown', (event) => {
    // While an input method composes, Enter chooses a word.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault()
      send()
    } else if (event.key === 'Escape') show(false)
  })
  const element = el('div', { class: 'composer' }, tray, el('div', { class: 'line' }, pictures, input, submit))
  return { element, focus: () => input.focus() }
}
