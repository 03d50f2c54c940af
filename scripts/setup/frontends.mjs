import { existsSync } from 'node:fs'
import { run } from './command.mjs'
import { hashOf, inRoot, isMarked, mark } from './place.mjs'
import { SetupError, step } from './progress.mjs'

/** What customers and agents see; each has a vite.config.ts and is built into its own `dist`. */
const FRONTENDS = ['inbox', 'widget']

/** Types that the inbox takes from the server, and the versions of what is built in. */
const shared = [inRoot('package-lock.json'), inRoot('src', 'views.ts'), inRoot('src', 'model.ts')]

const sourcesOf = (name) => hashOf(inRoot(name), ...shared)
const markerOf = (name) => inRoot(name, 'dist', '.built')

const stale = () =>
  FRONTENDS.filter((name) => existsSync(inRoot(name, 'vite.config.ts')) && !isMarked(markerOf(name), sourcesOf(name)))

export const frontendsReady = () => stale().length === 0

export async function buildFrontends(node) {
  for (const name of stale()) {
    const sources = sourcesOf(name)
    await step(`building ${name}`, () => build(node, name))
    mark(markerOf(name), sources)
  }
}

async function build(node, name) {
  const args = [inRoot('node_modules', 'vite', 'bin', 'vite.js'), 'build', name, '--logLevel', 'warn']
  const env = { NODE_ENV: 'production', NO_COLOR: '1', FORCE_COLOR: '0' }
  const { ok, output } = await run(node, args, { cwd: inRoot('.'), env })
  if (ok) return
  process.stderr.write(`\n${readable(output)}\n`)
  throw new SetupError(`${name} could not be built: correct what stands above and run this again.`)
}

/** Without colours, and only up to the first line of a stack: the rest is not for people. */
const readable = (output) =>
  output
    .replaceAll(COLOUR, '')
    .split(/\n {4}at /)[0]
    .trim()
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')
