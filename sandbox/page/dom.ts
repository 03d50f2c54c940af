type Child = Node | string | null | undefined | false

type Attributes = Record<string, string | boolean | number | ((event: never) => void) | undefined>

/** An element with its attributes, listeners (`onclick` …) and children. Text is text, never HTML. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener)
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children.filter((child): child is Node | string => child instanceof Node || Boolean(child)))
  return element
}

/** Replaces the children, keeping those that stay where they are: a list does not flicker, a focus is not lost. */
export function fill(parent: Element, children: Child[]): void {
  const wanted = children.filter((child): child is Node | string => child instanceof Node || Boolean(child))
  wanted.forEach((child, index) => {
    const there = parent.childNodes[index]
    if (there === child) return
    parent.insertBefore(typeof child === 'string' ? document.createTextNode(child) : child, there ?? null)
  })
  while (parent.childNodes.length > wanted.length) parent.lastChild?.remove()
}

const SVG = 'http://www.w3.org/2000/svg'

/** Lucide's drawings (ISC licence), 24 by 24. */
const ICONS = {
  sms: ['M7 2h10a2 2 0 0 1 2 2v16a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2z', 'M12 18h.01'],
  wechat: [
    'M14 9a2 2 0 0 1-2 2H6l-4 4V4a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2z',
    'M18 9h2a2 2 0 0 1 2 2v11l-4-4h-6a2 2 0 0 1-2-2v-1',
  ],
  mail: ['M4 4h16a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z', 'm22 7-10 6L2 7'],
  web: ['M7.9 20A9 9 0 1 0 4 16.1L2 22Z'],
  picture: [
    'M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z',
    'M9 11a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
    'm21 15-3.1-3.1a2 2 0 0 0-2.8 0L6 21',
  ],
  send: ['m5 12 7-7 7 7', 'M12 19V5'],
  back: ['m15 18-6-6 6-6'],
  reply: ['m9 17-5-5 5-5', 'M20 18v-2a4 4 0 0 0-4-4H4'],
  pen: ['M12 20h9', 'M16.5 3.5a2.1 2.1 0 0 1 3 3L7 19l-4 1 1-4Z'],
  file: ['M15 2H6a2 2 0 0 0-2 2v16a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V7Z', 'M14 2v4a2 2 0 0 0 2 2h4'],
  clip: ['m21.4 11.1-9.2 9.2a6 6 0 0 1-8.5-8.5l8.6-8.6a4 4 0 1 1 5.7 5.7l-8.6 8.6a2 2 0 0 1-2.8-2.9l8.5-8.4'],
  play: ['m6 3 14 9-14 9z'],
  stop: ['M6 6h12v12H6z'],
  open: ['M15 3h6v6', 'M10 14 21 3', 'M18 13v6a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2h6'],
  again: ['M3 12a9 9 0 1 0 9-9 9.8 9.8 0 0 0-6.7 2.7L3 8', 'M3 3v5h5'],
  theme: ['M12 3a6 6 0 0 0 9 9 9 9 0 1 1-9-9Z'],
  scan: ['M3 7V5a2 2 0 0 1 2-2h2', 'M17 3h2a2 2 0 0 1 2 2v2', 'M21 17v2a2 2 0 0 1-2 2h-2', 'M7 21H5a2 2 0 0 1-2-2v-2'],
  close: ['M18 6 6 18', 'm6 6 12 12'],
} satisfies Record<string, string[]>
export type IconName = keyof typeof ICONS

export function icon(name: IconName, size = 16): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  const attributes = {
    viewBox: '0 0 24 24',
    width: String(size),
    height: String(size),
    fill: 'none',
    'aria-hidden': 'true',
  }
  for (const [key, value] of Object.entries({ ...attributes, stroke: 'currentColor', 'stroke-width': '2' }))
    svg.setAttribute(key, value)
  svg.setAttribute('stroke-linecap', 'round')
  svg.setAttribute('stroke-linejoin', 'round')
  for (const d of ICONS[name]) {
    const path = document.createElementNS(SVG, 'path')
    path.setAttribute('d', d)
    svg.append(path)
  }
  return svg
}
