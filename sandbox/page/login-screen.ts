import { el, icon } from './dom.ts'
import { settings } from './settings.ts'
import { post, type Store } from './store.ts'

const MODULES = 21

/** Looks like a QR code; the real one is in the hub's settings. */
function drawing(): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', `0 0 ${MODULES} ${MODULES}`)
  svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  const finder = (x: number, y: number) => `M${x} ${y}h7v7h-7zM${x + 1} ${y + 1}v5h5v-5zM${x + 2} ${y + 2}h3v3h-3z`
  let d = finder(0, 0) + finder(14, 0) + finder(0, 14)
  let seed = 7
  for (let y = 0; y < MODULES; y += 1)
    for (let x = 0; x < MODULES; x += 1) {
      seed = (seed * 16807) % 2147483647
      const inFinder = (x < 8 && y < 8) || (x > 12 && y < 8) || (x < 8 && y > 12)
      if (!inFinder && seed % 100 < 47) d += `M${x} ${y}h1v1h-1z`
    }
  path.setAttribute('d', d)
  path.setAttribute('fill-rule', 'evenodd')
  svg.append(path)
  return svg
}

/** The camera of the shop's phone, held to the code that the hub shows; over the chat while the account is logged out. */
export function loginScreen(store: Store): { element: HTMLElement; update(): void } {
  const { words } = settings
  const words2 = el('span', {}, words.scan)
  let scanning = false
  const button = el('button', { type: 'button', class: 'primary', onclick: () => void scan() }, icon('scan'), words2)
  const scan = async () => {
    scanning = true
    update()
    await post('scan', {}).catch(() => {})
    scanning = false
    update()
  }
  const element = el(
    'div',
    { class: 'login' },
    el('div', { class: 'viewfinder' }, drawing(), el('i')),
    el('strong', {}, words.scanTitle),
    el('p', {}, words.scanText),
    button,
  )
  const update = () => {
    const login = store.now?.login
    element.hidden = login?.loggedIn ?? true
    element.classList.toggle('scanning', scanning)
    button.disabled = scanning || login?.ready === false
    words2.textContent = scanning ? words.scanning : login?.ready === false ? words.starting : words.scan
  }
  return { element, update }
}
