import { type Language, WORDS, type Words } from './words.ts'

const recall = (key: string): string | null => {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

const remember = (key: string, value: string): void => {
  try {
    localStorage.setItem(key, value)
  } catch {
    // Then it lasts as long as this page.
  }
}

const LANGUAGE = 'onethread.sandbox.language'

const language = (): Language => {
  const chosen = new URLSearchParams(location.search).get('lang') ?? recall(LANGUAGE) ?? navigator.language
  return /^zh/i.test(chosen) ? 'zh' : 'en'
}

export const settings: { readonly language: Language; readonly words: Words } = {
  get language() {
    return language()
  },
  get words() {
    return WORDS[language()]
  },
}

export function switchLanguage(): void {
  remember(LANGUAGE, language() === 'en' ? 'zh' : 'en')
  location.search = ''
}

export function switchTheme(): void {
  const next = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'
  document.documentElement.dataset.theme = next
  remember('onethread.theme', next)
}

/** Which customer each device belongs to, as it was when the page was last open. */
export const chosenCustomer = (device: string): string | null => recall(`onethread.sandbox.${device}`)
export const chooseCustomer = (device: string, address: string): void =>
  remember(`onethread.sandbox.${device}`, address)
