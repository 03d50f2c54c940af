import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { type SandboxedHub, startSandboxedHub } from './e2e/first-light/sandboxed-hub.ts'
import { preferReadableFonts } from './screenshots/fonts.ts'
import { type Look, looks, openLook, shoot, type Who } from './screenshots/looks.ts'
import { type Visit, visits } from './screenshots/pages.ts'
import { Morning } from './screenshots/scene.ts'
import { openBrowser } from './widget/browser.ts'

/**
 * `npm run screenshots [-- --readme] [-- <part of a name>]`: takes a picture of every page with a whole hub behind it,
 * for people to look at. The README's own are only taken when asked, and then only those, twice as sharp.
 */

const ROOT = path.join(import.meta.dirname, '..')
const FOLDER = path.join(ROOT, 'screenshots')
const README_FOLDER = path.join(ROOT, 'docs', 'images')
const README: Record<string, string> = {
  'inbox-thread desktop light en': 'inbox.png',
  'thread-wechat phone dark zh': 'phone.png',
  'sandbox desktop light en': 'sandbox.png',
}

const args = process.argv.slice(2)
const forReadme = args.includes('--readme')
const wanted = args.find((one) => !one.startsWith('--')) ?? ''

async function take(page: Page, visit: Visit, look: Look): Promise<string> {
  const name = `${visit.name} ${look.name}`
  const readme = forReadme ? README[name] : undefined
  const file = readme ? path.join(README_FOLDER, readme) : path.join(FOLDER, `${name.replaceAll(' ', '-')}.png`)
  await visit.show(page, look)
  await shoot(page, file)
  return file
}

async function takeThose(browser: Browser, hub: SandboxedHub, look: Look, who: Who, all: Visit[]): Promise<void> {
  const chosen = all.filter(
    (one) =>
      one.as === who &&
      one.looks?.includes(look.name) &&
      `${one.name} ${look.name}`.includes(wanted) &&
      (!forReadme || README[`${one.name} ${look.name}`] !== undefined),
  )
  if (chosen.length === 0) return
  const context = await openLook(browser, hub, look, who, forReadme ? 2 : 1)
  for (const visit of chosen) {
    const page = await context.newPage()
    try {
      process.stdout.write(`${path.relative(ROOT, await take(page, visit, look))}\n`)
    } catch (error) {
      process.exitCode = 1
      process.stderr.write(`${visit.name}, ${look.name}: ${String(error)}\n`)
    }
    await page.close()
  }
  await context.close()
}

async function takeAll(browser: Browser): Promise<void> {
  const hub = await startSandboxedHub()
  try {
    const scene = await Morning.play(hub)
    const all = visits(hub, scene)
    // Visitors of the website last: they write, and would stand in everybody's lists.
    for (const who of ['agent', 'administrator', 'nobody'] as const)
      for (const look of looks) await takeThose(browser, hub, look, who, all)
  } finally {
    await hub.close()
  }
}

if (wanted === '' && !forReadme) await rm(FOLDER, { recursive: true, force: true })
await mkdir(FOLDER, { recursive: true })
await mkdir(README_FOLDER, { recursive: true })
const fonts = await preferReadableFonts()
const browser = await openBrowser()
try {
  await takeAll(browser)
} finally {
  await browser.close()
  await fonts.forget()
}
