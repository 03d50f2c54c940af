/** What the page carries for the app: the account's looks, from the hub; where it is shown, from the loader. */
export interface Settings {
  /** Where the account is reached: `…/hooks/<accountId>`. */
  hook: string
  title: string
  greeting: { en: string; zh: string }
  accent: string
  position: 'left' | 'right'
  /** The website's origin; null when the page was opened by itself. */
  hostOrigin: string | null
  language: 'en' | 'zh'
}

const DEFAULT_ACCENT = '#4457d9'

export function readSettings(root: HTMLElement, hash: string): Settings {
  const given = JSON.parse(root.dataset.settings ?? '{}') as Settings
  const query = new URLSearchParams(hash.slice(1))
  const color = query.get('color') ?? ''
  return {
    ...given,
    accent: /^#[0-9a-f]{6}$/i.test(color) ? color : given.accent || DEFAULT_ACCENT,
    hostOrigin: window.parent === window ? null : query.get('origin'),
    language: /^zh/i.test(query.get('lang') || navigator.language) ? 'zh' : 'en',
  }
}
