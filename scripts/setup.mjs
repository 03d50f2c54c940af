import { bringBrowser, browserPath } from './setup/browser.mjs'
import { bringChineseFont, bringImapServer, imapServerPath } from './setup/extras.mjs'
import { buildFrontends, frontendsReady } from './setup/frontends.mjs'
import { withLock } from './setup/lock.mjs'
import { bringNatsServer, natsServerPath } from './setup/nats-server.mjs'
import { installPackages, nodePath, packagesReady } from './setup/packages.mjs'
import { SetupError } from './setup/progress.mjs'

/**
 * Makes a fresh clone ready: packages from the lock file, Node 24, inbox and widget, nats-server; for tests a browser
 * too. Needs git, Node 18 or newer and npm only, and imports nothing but Node's own. Without work to do it takes a few
 * hundredths of a second. `needs` may name `browser`, `imap` and `font`.
 */
export async function setUp(needs = []) {
  const wants = (need) => needs.includes(need)
  const complete = () =>
    packagesReady() &&
    nodePath() !== null &&
    frontendsReady() &&
    (Boolean(process.env.NATS_URL) || natsServerPath() !== null) &&
    (!wants('browser') || browserPath() !== null) &&
    (!wants('imap') || imapServerPath() !== null) &&
    !wants('font')
  if (!complete()) await withLock(() => bring(wants))
  return found()
}

/** What is there now, also after a set-up that failed half way. */
export const found = () => ({ node: nodePath(), env: environment() })

async function bring(wants) {
  await installPackages()
  await bringNatsServer()
  if (wants('browser')) await bringBrowser(nodePath())
  if (wants('imap')) await bringImapServer()
  if (wants('font')) await bringChineseFont()
  await buildFrontends(nodePath())
}

/** What the programs are told of what was found. */
function environment() {
  const programs = { NATS_SERVER: natsServerPath(), CHROMIUM_PATH: browserPath(), DOVECOT: imapServerPath() }
  return Object.fromEntries(Object.entries(programs).filter(([, path]) => path !== null))
}

/** Runs a command's work; a missing piece is one line, and exit code 1. */
export async function command(work) {
  try {
    if (Number.parseInt(process.versions.node, 10) < 18)
      throw new SetupError(
        `Node ${process.versions.node} is too old: install Node 18 or newer (24 is best) and run this again.`,
      )
    process.exitCode = await work()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    process.stderr.write(`\n${error.message}\n`)
    process.exitCode = 1
  }
}
