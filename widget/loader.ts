import type { Tagged, ToApp, ToHost } from './protocol.ts'

/**
 * What a website loads: a button, and nothing else until somebody presses it. No request, no frame, no storage before
 * that, except on a browser that has a conversation already: then the frame is opened unseen, for the unread badge.
 */

type EventName = 'open' | 'close' | 'unread' | 'message' | 'identityExpired'
type Listener = (detail: unknown) => void

interface Api {
  open(): void
  close(): void
  identify(jwt: string): void
  logout(): void
  on(event: EventName, listener: Listener): () => void
}

declare global {
  interface Window {
    /** Before the loader ran, a website may put calls here: `[['identify', jwt], ['open']]`. */
    Onethread?: Api | [keyof Api, ...unknown[]][]
  }
}

const CSS = `
:host{all:initial;position:fixed;z-index:2147483000;bottom:0;right:0;color-scheme:light dark}
button{all:unset;box-sizing:border-box;position:fixed;bottom:20px;right:20px;width:56px;height:56px;border-radius:50%;
background:var(--accent,#4457d9);color:var(--on,#fff);cursor:pointer;display:grid;place-items:center;
box-shadow:0 1px 2px #0003,0 8px 24px #0003;transition:transform .16s ease-out,box-shadow .16s ease-out}
button:hover{transform:translateY(-1px);box-shadow:0 1px 2px #0003,0 10px 30px #0004}
button:active{transform:scale(.96)}
button:focus-visible{outline:3px solid var(--accent,#4457d9);outline-offset:3px}
svg{grid-area:1/1;width:26px;height:26px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;
stroke-linejoin:round;transition:opacity .16s,transform .16s ease-out}
.x{opacity:0;transform:rotate(-45deg)}
.open .x{opacity:1;transform:none}.open .c{opacity:0;transform:rotate(45deg)}
b{position:absolute;top:-4px;right:-4px;min-width:20px;height:20px;padding:0 6px;box-sizing:border-box;border-radius:10px;
background:#d92d3a;color:#fff;font:600 12px/20px system-ui,sans-serif;text-align:center;box-shadow:0 0 0 2px #fff}
b:empty{display:none}
iframe{position:fixed;bottom:88px;right:20px;width:380px;height:min(640px,calc(100vh - 96px));max-width:calc(100vw - 40px);
border:0;border-radius:16px;background:Canvas;color-scheme:light dark;box-shadow:0 0 0 1px #0000000f,0 2px 6px #0000001a,0 16px 48px #0000003d;
visibility:hidden;opacity:0;transform:translateY(8px);transition:opacity .16s ease-out,transform .16s ease-out,visibility 0s .16s}
.open iframe{visibility:visible;opacity:1;transform:none;transition-delay:0s}
.left button{right:auto;left:20px}.left iframe{right:auto;left:20px}
@media(max-width:480px){iframe{inset:0!important;width:100%;height:100%;max-width:none;border-radius:0}.open button{visibility:hidden}}
@media(prefers-color-scheme:dark){iframe{outline:1px solid #ffffff24;outline-offset:-1px}}
@media(prefers-reduced-motion:reduce){*{transition:none!important}}
@media print{:host{display:none}}`

const ICONS: [cls: string, path: string][] = [
  ['c', 'M21 11.5a8.4 8.4 0 0 1-12.2 7.6L3 21l1.9-5.7A8.4 8.4 0 1 1 21 11.5z'],
  ['x', 'M6 6l12 12M18 6L6 18'],
]

function load(script: HTMLScriptElement): void {
  const { account, lang = '', color, position, label } = script.dataset
  if (!account) return
  const base = script.src.replace(/\/widget\.js.*$/, '')
  const hub = new URL(base).origin
  // Not the frame's own keys: on the hub's own origin (a test page) both share one storage.
  const flag = `onethread-site:${account}`
  const keptAt = `${flag}:kept`
  const chinese = /^zh/i.test(lang || navigator.language)
  const names = chinese ? ['打开聊天', '关闭聊天', '聊天'] : ['Open chat', 'Close chat', 'Chat']
  const listeners = new Map<EventName, Set<Listener>>()
  const queue: ToApp[] = []
  let frame: HTMLIFrameElement | undefined
  let ready = false
  let opened = false
  let leading = false
  let identity: string | undefined

  const host = document.createElement('div')
  const root = host.attachShadow({ mode: 'open' })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(CSS)
  root.adoptedStyleSheets = [sheet]
  const box = document.createElement('div')
  const button = document.createElement('button')
  const badge = document.createElement('b')
  for (const [cls, d] of ICONS) button.append(icon(cls, d))
  button.type = 'button'
  button.append(badge)
  box.append(button)
  root.append(box)

  const tell = (event: EventName, detail?: unknown) => {
    for (const listener of listeners.get(event) ?? []) listener(detail)
  }
  const post = (message: ToApp) => {
    if (ready) frame?.contentWindow?.postMessage({ ...message, tag: 'onethread' }, hub)
    else queue.push(message)
  }
  const name = (unread = 0) => {
    badge.textContent = unread ? (unread > 99 ? '99+' : String(unread)) : ''
    const words = label ?? names[0]
    button.ariaLabel = (opened ? names[1] : unread ? `${words} (${unread})` : words) ?? ''
    button.ariaExpanded = String(opened)
  }
  const load = () => {
    if (frame) return
    frame = document.createElement('iframe')
    frame.title = label ?? names[2] ?? ''
    frame.allow = 'clipboard-write'
    const query = new URLSearchParams({ origin: location.origin, lang, color: color ?? '' })
    frame.src = `${base}/hooks/${encodeURIComponent(account)}/app#${query}`
    box.prepend(frame)
    if (identity) post({ type: 'identify', jwt: identity })
  }
  const show = (next: boolean) => {
    if (opened === next) return
    opened = next
    if (next) load()
    box.classList.toggle('open', next)
    name()
    post({ type: next ? 'open' : 'close' })
    if (next) frame?.focus()
    else button.focus()
    tell(next ? 'open' : 'close')
  }
  const paint = (accent?: string, on?: string, at?: string) => {
    if (accent) host.style.setProperty('--accent', accent)
    if (on) host.style.setProperty('--on', on)
    box.classList.toggle('left', (position ?? at) === 'left')
  }

  const heard = (message: ToHost) => {
    if (message.type === 'ready') {
      ready = true
      post({ type: 'kept', values: JSON.parse(recall(keptAt) ?? '{}') })
      paint(message.accent, message.onAccent, message.position)
      // The app may have loaded anew; it starts closed.
      if (opened && !queue.some(({ type }) => type === 'open')) post({ type: 'open' })
      for (const waiting of queue.splice(0)) post(waiting)
    } else if (message.type === 'keep') {
      const { [message.key]: _, ...values } = JSON.parse(recall(keptAt) ?? '{}')
      if (message.value !== null) values[message.key] = message.value
      remember(keptAt, JSON.stringify(values))
    } else if (message.type === 'mayLead') {
      const lead = () => post({ type: 'lead' })
      // Held as long as this page lives; the app may load anew meanwhile and ask again.
      if (leading || !navigator.locks) lead()
      else
        void navigator.locks.request(message.name, () => {
          leading = true
          lead()
          return new Promise(() => {})
        })
    } else if (message.type === 'close') show(false)
    else if (message.type === 'unread') {
      if (!opened) name(message.count)
      tell('unread', message.count)
    } else if (message.type === 'session') remember(flag, message.active ? '1' : null)
    else if (message.type === 'message') tell('message', message.text)
    else if (message.type === 'identityExpired') tell('identityExpired')
  }
  addEventListener('message', ({ origin, source, data }: MessageEvent<Tagged<ToHost> | null>) => {
    if (origin === hub && frame && source === frame.contentWindow && data?.tag === 'onethread') heard(data)
  })
  button.onclick = () => show(!opened)
  // A website's own "chat with us" link needs no script of theirs.
  document.addEventListener('click', (event) => {
    if (!(event.target as Element).closest?.('a[href="#onethread"]')) return
    event.preventDefault()
    show(true)
  })

  const api: Api = {
    open: () => show(true),
    close: () => show(false),
    identify: (jwt) => {
      identity = jwt
      if (frame) post({ type: 'identify', jwt })
    },
    logout: () => {
      identity = undefined
      // The conversation is in the frame's storage: only it can forget it.
      if (recall(flag)) load()
      if (frame) post({ type: 'logout' })
      remember(flag, null)
    },
    on: (event, listener) => {
      const set = listeners.get(event) ?? new Set()
      listeners.set(event, set.add(listener))
      return () => set.delete(listener)
    },
  }
  const early = window.Onethread
  window.Onethread = api
  name()
  paint(color, color && textOn(color))
  document.body.append(host)
  if (recall(flag)) load()
  if (Array.isArray(early))
    for (const [method, ...args] of early) (api[method] as (...args: unknown[]) => void)?.(...args)
}

/** Rough, until the app says it exactly: dark on light colours, else white. */
function textOn(color: string): string {
  const part = (at: number) => Number.parseInt(color.slice(at, at + 2), 16)
  return 0.299 * part(1) + 0.587 * part(3) + 0.114 * part(5) > 160 ? '#14161c' : '#fff'
}

function icon(cls: string, d: string): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  svg.setAttribute('class', cls)
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  path.setAttribute('d', d)
  svg.append(path)
  return svg
}

/** Where a browser forbids even the website's own storage, the conversation lasts as long as the page. */
function recall(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    // As above.
  }
}

const script = document.currentScript
if (script instanceof HTMLScriptElement) {
  if (document.body) load(script)
  else addEventListener('DOMContentLoaded', () => load(script))
}
