import i18next, { type i18n } from 'i18next'
import { initReactI18next } from 'react-i18next'
import type en from './locales/en.json'

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en }
  }
}

export const LANGUAGES = ['en', 'zh'] as const
export type Language = (typeof LANGUAGES)[number]

/** Each language is a file of its own, so that nobody loads the other. */
const LOADERS = {
  en: () => import('./locales/en.json'),
  zh: () => import('./locales/zh.json'),
}

/** The hub gives its reasons in English; a language may have own words for those it knows. */
const REFUSALS = { zh: () => import('./locales/refusals-zh.json') }

const STORED = 'onethread.language'

export const asLanguage = (tag: string | null | undefined): Language | null =>
  tag?.toLowerCase().startsWith('zh') ? 'zh' : tag?.toLowerCase().startsWith('en') ? 'en' : null

export const guessLanguage = (): Language => {
  const wishes = [localStorage.getItem(STORED), ...navigator.languages]
  return wishes.map(asLanguage).find((language) => language !== null) ?? 'en'
}

export async function createI18n(language: Language): Promise<i18n> {
  const instance = i18next.createInstance()
  instance.use(initReactI18next)
  await instance.init({ lng: language, fallbackLng: false, resources: {}, interpolation: { escapeValue: false } })
  await speak(instance, language)
  return instance
}

/** Changes the language of everything shown, and remembers it for the sign-in page. */
export async function speak(instance: i18n, language: Language): Promise<void> {
  if (!instance.hasResourceBundle(language, 'translation')) {
    const words = await LOADERS[language]()
    instance.addResourceBundle(language, 'translation', words.default)
    if (language === 'zh') instance.addResourceBundle('zh', 'refusal', (await REFUSALS.zh()).default)
  }
  await instance.changeLanguage(language)
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  localStorage.setItem(STORED, language)
}

/** The hub's own bilingual texts. */
export const inLanguage = (text: { en: string; zh: string }, language: string): string =>
  language === 'zh' ? text.zh : text.en
