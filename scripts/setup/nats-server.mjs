import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { findProgram, isProgram, lastLine, run } from './command.mjs'
import { cache } from './place.mjs'
import { SetupError, step } from './progress.mjs'
import { downloadDebianPackage, installAdvice, installSystemPackages } from './system-packages.mjs'

/** From 2.10.23 on a single node can sync every acknowledged message to disk. */
const VERSION = '2.12.15'
/**
 * SHA-256 of the release's .tar.gz, as the official Docker image of that version checks them (nats-io/nats-docker,
 * 2.12.x/alpine). Systems without one here are checked against the release's own SHA256SUMS.
 */
const CHECKSUMS = {
  'linux-amd64': '58ab8131f819263897e2fc38e503e1b755b63bcafeecc7d12582487df48ca15e',
  'linux-arm64': 'b724db99fefbf8f5c808baa82819ee50350aee9734017e4a478f7e545cef3ab6',
}
const RELEASE = `https://github.com/nats-io/nats-server/releases/download/v${VERSION}`
const NAMES = { 'apt-get': ['nats-server'], apk: ['nats-server'], brew: ['nats-server'], pacman: ['nats-server'] }

const cached = join(cache, 'nats-server')

/** NATS_SERVER, one that is installed, or the one fetched before; null when there is none. */
export function natsServerPath() {
  const chosen = process.env.NATS_SERVER ?? ''
  if (chosen !== '') return chosen.includes('/') ? (isProgram(chosen) ? chosen : null) : findProgram(chosen)
  return findProgram('nats-server') ?? (isProgram(cached) ? cached : null)
}

export async function bringNatsServer() {
  if (process.env.NATS_URL || natsServerPath() !== null) return
  if (process.env.NATS_SERVER)
    throw new SetupError(
      `NATS_SERVER: ${process.env.NATS_SERVER} is not a program; give the path of nats-server or unset it.`,
    )
  const tried = await step('bringing nats-server', fetchOneWay)
  if (natsServerPath() !== null) return
  const advice = installAdvice(NAMES)
  throw new SetupError(
    `nats-server is missing (${tried.join('; ')}): ${advice === null ? '' : `run "${advice}", or `}put ${VERSION} from github.com/nats-io/nats-server/releases on PATH, or set NATS_URL.`,
  )
}

/** Tries one way after the other; returns why each did not work. */
async function fetchOneWay() {
  const tried = []
  for (const [name, way] of Object.entries({
    release: fetchRelease,
    'Debian package': unpackDebianPackage,
    'package manager': install,
  })) {
    const problem = await way().catch((error) => error.message)
    if (problem === null) return tried
    tried.push(`${name}: ${problem}`)
  }
  return tried
}

const platform = () => {
  const arch = { x64: 'amd64', arm64: 'arm64', arm: 'arm7' }[process.arch]
  const known = ['linux', 'darwin'].includes(process.platform) && arch !== undefined
  return known ? `${process.platform}-${arch}` : null
}

async function fetchRelease() {
  const system = platform()
  if (system === null) return `no release for ${process.platform} ${process.arch}`
  return inTemporaryFolder(async (folder) => {
    const name = `nats-server-v${VERSION}-${system}`
    const archive = join(folder, `${name}.tar.gz`)
    const problem = await download(`${RELEASE}/${name}.tar.gz`, archive)
    if (problem !== null) return problem
    const wanted = CHECKSUMS[system] ?? (await publishedChecksum(folder, `${name}.tar.gz`))
    const found = createHash('sha256').update(readFileSync(archive)).digest('hex')
    if (found !== wanted) return `the checksum of ${name}.tar.gz is wrong, it was not used`
    const unpacked = await run('tar', ['-xzf', archive, '-C', folder])
    if (!unpacked.ok) return lastLine(unpacked.output)
    return keep(join(folder, name, 'nats-server'))
  })
}

async function publishedChecksum(folder, name) {
  const file = join(folder, 'SHA256SUMS')
  if ((await download(`${RELEASE}/SHA256SUMS`, file)) !== null) return null
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((each) => each.endsWith(` ${name}`))
  return line === undefined ? null : line.split(' ')[0]
}

/** curl where there is one, because it knows of proxies. Returns the problem or null. */
async function download(url, file) {
  if (findProgram('curl') !== null) {
    const args = ['-fsSL', '--connect-timeout', '6', '--max-time', '180', '-o', file, url]
    const { ok, output } = await run('curl', args)
    return ok ? null : lastLine(output)
  }
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(120_000) })
    if (!answer.ok) return `${url} answers ${answer.status}`
    writeFileSync(file, Buffer.from(await answer.arrayBuffer()))
    return null
  } catch (error) {
    return error.cause?.message ?? error.message
  }
}

/** Only the program out of the package: installing it would also start a server of its own on the machine. */
async function unpackDebianPackage() {
  if (findProgram('apt-get') === null || findProgram('dpkg-deb') === null) return 'not a Debian system'
  return inTemporaryFolder(async (folder) => {
    const fetched = await downloadDebianPackage('nats-server', folder)
    if (!fetched.ok) return lastLine(fetched.output)
    const file = readdirSync(folder).find((name) => name.endsWith('.deb'))
    const unpacked = await run('dpkg-deb', ['-x', join(folder, file), folder])
    return unpacked.ok ? keep(join(folder, 'usr', 'sbin', 'nats-server')) : lastLine(unpacked.output)
  })
}

async function install() {
  if (findProgram('apt-get') !== null) return 'it has no other package'
  const { ok, output } = await installSystemPackages(NAMES)
  return ok ? null : lastLine(output)
}

/** Moves the program into our cache in one step, once it is seen to run. */
async function keep(program) {
  chmodSync(program, 0o755)
  const seen = await run(program, ['--version'])
  if (!seen.ok) return `it does not run here: ${lastLine(seen.output)}`
  mkdirSync(cache, { recursive: true })
  cpSync(program, `${cached}.new`)
  renameSync(`${cached}.new`, cached)
  return null
}

async function inTemporaryFolder(work) {
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'fetch-'))
  // apt fetches as a user of its own, which must be able to write here; it says so with many words otherwise.
  chmodSync(folder, 0o755)
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
