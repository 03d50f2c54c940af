import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { findProgram, isProgram, lastLine, run } from './command.mjs'
import { inRoot } from './place.mjs'
import { SetupError, step } from './progress.mjs'
import { installAdvice, installSystemPackages } from './system-packages.mjs'

const INSTALLED = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge']
const MAC = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]
const NAMES = { 'apt-get': ['chromium'], apk: ['chromium'], dnf: ['chromium'], pacman: ['chromium'] }
/** Playwright's server of browsers: asked first, because its own installer tries for minutes on a closed network. */
const PLAYWRIGHT_HOST = 'https://cdn.playwright.dev'

/** CHROMIUM_PATH, an installed browser of the Chromium family, or Playwright's own; null when there is none. */
export function browserPath() {
  const chosen = process.env.CHROMIUM_PATH ?? ''
  if (chosen !== '') return chosen
  return findProgram(...INSTALLED) ?? MAC.find(isProgram) ?? playwrightsOwn()
}

/** Where playwright-core keeps its browsers (its documentation, "Managing browser binaries"). */
function playwrightsOwn() {
  const folder =
    process.env.PLAYWRIGHT_BROWSERS_PATH ??
    (process.platform === 'darwin'
      ? join(homedir(), 'Library/Caches/ms-playwright')
      : join(homedir(), '.cache/ms-playwright'))
  if (!existsSync(folder)) return null
  const programs = ['chrome-linux/chrome', 'chrome-linux64/chrome', 'chrome-mac/Chromium.app/Contents/MacOS/Chromium']
  const found = readdirSync(folder)
    .filter((name) => /^chromium-\d+$/.test(name))
    .sort()
    .reverse()
    .flatMap((name) => programs.map((program) => join(folder, name, program)))
  return found.find(isProgram) ?? null
}

export async function bringBrowser(node) {
  if (browserPath() !== null) return
  const tried = await step('bringing a browser', async () => {
    const byPlaywright = await fetchPlaywrights(node)
    if (byPlaywright === null) return []
    const { ok, output } = await installSystemPackages(NAMES)
    return ok ? [] : [`Playwright: ${byPlaywright}`, `package manager: ${lastLine(output)}`]
  })
  if (browserPath() !== null) return
  const advice = installAdvice(NAMES)
  throw new SetupError(
    `A browser is missing for the tests (${tried.join('; ')}): ${advice === null ? 'install Chromium or Chrome' : `run "${advice}"`}, or set CHROMIUM_PATH.`,
  )
}

/** Returns the problem or null. */
async function fetchPlaywrights(node) {
  const proxied = Object.keys(process.env).some((name) => /^https?_proxy$/i.test(name))
  if (!proxied && !(await reachable(process.env.PLAYWRIGHT_DOWNLOAD_HOST ?? PLAYWRIGHT_HOST))) return 'not reachable'
  const cli = inRoot('node_modules', 'playwright-core', 'cli.js')
  const fetched = await run(node, [cli, 'install', 'chromium'], { timeoutMs: 300_000 })
  if (!fetched.ok) return lastLine(fetched.output)
  const program = playwrightsOwn()
  if (program === null) return 'it was fetched, but is not where it should be'
  if ((await run(program, ['--version'])).ok) return null
  const libraries = await run(node, [cli, 'install-deps', 'chromium'], { timeoutMs: 300_000 })
  return libraries.ok ? null : 'system libraries are missing'
}

async function reachable(url) {
  try {
    await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(6_000) })
    return true
  } catch {
    return false
  }
}
