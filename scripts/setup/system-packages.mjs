import { existsSync } from 'node:fs'
import { findProgram, run } from './command.mjs'

/** Short, so that a closed network falls through to the next way. */
const APT_OPTIONS = ['-o', 'Acquire::http::Timeout=8', '-o', 'Acquire::https::Timeout=8', '-o', 'Acquire::Retries=0']
const QUIET = { DEBIAN_FRONTEND: 'noninteractive' }
const LIMIT_MS = 300_000

const isRoot = () => process.getuid?.() === 0

/** On a running system, installing a server package starts that server: only containers and the like are safe from it. */
export const startsServices = () => existsSync('/run/systemd/system')

/** How to run something with the rights of an administrator without asking anybody; null when there is no way. */
async function elevation() {
  if (isRoot()) return []
  if (findProgram('sudo') !== null && (await run('sudo', ['-n', 'true'])).ok) return ['sudo', '-n']
  return null
}

async function elevated(command, args) {
  const prefix = await elevation()
  if (prefix === null) return { ok: false, output: 'no rights to install packages' }
  // `env` and not our own environment: sudo drops that.
  const [first, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', command, ...args]
  return run(first, rest, { timeoutMs: LIMIT_MS })
}

/** The package lists of a fresh container are empty, so a first failure is answered by fetching them, once. */
let updated = false
async function withAptLists(work) {
  const first = await work()
  if (first.ok || updated) return first
  updated = true
  const lists = await elevated('apt-get', ['update', ...APT_OPTIONS])
  return lists.ok ? work() : first
}

const MANAGERS = [
  {
    program: 'apt-get',
    install: (names) =>
      withAptLists(() => elevated('apt-get', ['install', '-y', '--no-install-recommends', ...APT_OPTIONS, ...names])),
  },
  { program: 'apk', install: (names) => elevated('apk', ['add', '--no-cache', ...names]) },
  { program: 'dnf', install: (names) => elevated('dnf', ['install', '-y', ...names]) },
  { program: 'pacman', install: (names) => elevated('pacman', ['-Sy', '--noconfirm', ...names]) },
  { program: 'brew', install: (names) => run('brew', ['install', ...names], { timeoutMs: LIMIT_MS }) },
]

/** `names` by package manager, e.g. `{ 'apt-get': ['chromium'] }`. Never rejects. */
export async function installSystemPackages(names) {
  const manager = MANAGERS.find(({ program }) => names[program] !== undefined && findProgram(program) !== null)
  if (manager === undefined) return { ok: false, output: 'no package manager known here' }
  return manager.install(names[manager.program])
}

/** What a person would type, for messages. */
export function installAdvice(names) {
  const manager = MANAGERS.find(({ program }) => names[program] !== undefined && findProgram(program) !== null)
  return manager === undefined
    ? null
    : `${manager.program} ${{ apk: 'add', pacman: '-S' }[manager.program] ?? 'install'} ${names[manager.program].join(' ')}`
}

/** Fetches a Debian package into `folder` without installing it; needs no rights when the lists are there. */
export const downloadDebianPackage = (name, folder) =>
  withAptLists(() =>
    run('apt-get', ['download', ...APT_OPTIONS, name], { cwd: folder, env: QUIET, timeoutMs: 120_000 }),
  )
