import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import en from '../../inbox/src/locales/en.json' with { type: 'json' }
import zh from '../../inbox/src/locales/zh.json' with { type: 'json' }
import type { SandboxedHub } from '../e2e/first-light/sandboxed-hub.ts'
import { ADMIN } from '../support/running-hub.ts'

export interface Look {
  name: string
  width: number
  height: number
  theme: 'light' | 'dark'
  language: 'en' | 'zh'
  words: typeof en
}

const DESKTOP = { width: 1440, height: 900 }
const PHONE = { width: 390, height: 844 }

const look = (kind: 'desktop' | 'phone', theme: Look['theme'], language: Look['language']): Look => ({
  name: `${kind} ${theme} ${language}`,
  ...(kind === 'desktop' ? DESKTOP : PHONE),
  theme,
  language,
  words: language === 'en' ? en : (zh as typeof en),
})

/** The first two show every page in each theme, language and width once. */
export const looks: Look[] = [
  look('desktop', 'light', 'en'),
  look('phone', 'dark', 'zh'),
  look('desktop', 'dark', 'zh'),
  look('phone', 'light', 'en'),
]

export type Who = 'agent' | 'administrator' | 'nobody'

async function cookieOf(hub: SandboxedHub, who: Exclude<Who, 'nobody'>): Promise<string> {
  if (who === 'administrator') return (await hub.hub.signIn(ADMIN.email, ADMIN.password)).cookie
  const mia = 'mia@example.com'
  return (await hub.hub.signIn(mia, hub.passwordOf(mia))).cookie
}

/** A browser window that looks like this, with somebody signed in. */
export async function openLook(
  browser: Browser,
  hub: SandboxedHub,
  look: Look,
  who: Who,
  sharpness: number,
): Promise<BrowserContext> {
  const phone = look.width < 768
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.height },
    deviceScaleFactor: sharpness,
    isMobile: phone,
    hasTouch: phone,
    locale: look.language === 'en' ? 'en-GB' : 'zh-CN',
    colorScheme: look.theme,
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(20_000)
  if (who === 'nobody') return context
  const pairs = (await cookieOf(hub, who)).split('; ').map((pair) => {
    const at = pair.indexOf('=')
    return { name: pair.slice(0, at), value: pair.slice(at + 1), url: hub.hub.url }
  })
  await context.addCookies(pairs)
  return context
}

const SETTLED = `document.fonts.status === 'loaded'
  && [...document.images].every((one) => one.complete || one.loading === 'lazy')
  && document.querySelector('[class*="animate-pulse"]') === null`
const PATIENCE_MS = 10_000

/** When all that was to come is there: pictures, fonts, and nothing moves. */
export async function shoot(page: Page, file: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS
  // Not the browser's own waiting: the pages' policy lets no text become a program.
  while (!(await page.evaluate(SETTLED)) && Date.now() < end) await pause(50)
  await page.evaluate('Promise.allSettled(document.getAnimations().map((one) => one.finished)).then(() => {})')
  await page.screenshot({ path: file, animations: 'disabled', caret: 'hide' })
}
