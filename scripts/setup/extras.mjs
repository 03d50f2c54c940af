import { findProgram, run } from './command.mjs'
import { note, step } from './progress.mjs'
import { installSystemPackages, startsServices } from './system-packages.mjs'

const isRoot = () => process.getuid?.() === 0

export const imapServerPath = () => findProgram('dovecot')

/** A real IMAP server for the mail tests. Without it they are skipped with a reason, so nothing here is an error. */
export async function bringImapServer() {
  // On a running system the package would open a mail server to the network: leave that to the person.
  if (imapServerPath() !== null || !isRoot() || startsServices()) return
  const names = { 'apt-get': ['dovecot-imapd'], apk: ['dovecot'], dnf: ['dovecot'] }
  const { ok } = await step('installing dovecot for the mail tests', () => installSystemPackages(names))
  if (!ok) note('no dovecot: the mail tests against a real IMAP server are skipped')
}

const hasChineseFont = async () =>
  findProgram('fc-list') === null
    ? process.platform === 'darwin'
    : (await run('fc-list', [':lang=zh'])).output.trim() !== ''

/** Screenshots in Chinese are empty boxes without it. */
export async function bringChineseFont() {
  if (!isRoot() || (await hasChineseFont())) return
  const names = { 'apt-get': ['fonts-noto-cjk'], apk: ['font-noto-cjk'], dnf: ['google-noto-sans-cjk-fonts'] }
  const { ok } = await step('installing a Chinese font for screenshots', () => installSystemPackages(names))
  if (!ok) note('no Chinese font: Chinese text in screenshots is shown as boxes')
}
