import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type Figure, table } from './figures.ts'
import { type HubProcess, startHub } from './hub-process.ts'
import { machine } from './machine.ts'
import { MEASUREMENTS } from './measurements.ts'
import { startWorker, type Worker } from './worker.ts'

/** `npm run bench [-- --json] [--only inbound,sse] [--profile <folder>]` */

export interface Bench {
  /** A fresh hub, or one on a given data folder; ended with the measurement. */
  hub(options?: { dataDir?: string; signIn?: boolean }): Promise<HubProcess>
  worker(file: string): Worker
  folder(): string
  /** Ends with the measurement. */
  closing(close: () => Promise<unknown> | unknown): void
  say(line: string): void
  /** Highest resident memory seen under load, for the figures of memory; 0 while unknown. */
  peakMb: number
}

const args = process.argv.slice(2)
const valueAfter = (name: string): string | null => {
  const at = args.indexOf(name)
  return at < 0 ? null : (args[at + 1] ?? '')
}
const json = args.includes('--json')
const only = valueAfter('--only')?.split(',') ?? null
const profile = valueAfter('--profile')

const unknown = (only ?? []).filter((id) => !MEASUREMENTS.some((each) => each.ids.includes(id)))
if (unknown.length > 0) {
  const known = MEASUREMENTS.flatMap((each) => each.ids).join(', ')
  process.stderr.write(`--only: there is no ${unknown.join(', ')}; choose of ${known}.\n`)
  process.exit(2)
}

const root = mkdtempSync(path.join(os.tmpdir(), 'onethread-bench-'))
process.once('exit', () => rmSync(root, { recursive: true, force: true }))

let closers: (() => Promise<unknown> | unknown)[] = []
const closeAll = async () => {
  for (const close of closers.splice(0).reverse()) await close()
}
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void closeAll().finally(() => process.exit(130)))

let folders = 0
const bench: Bench = {
  async hub(options = {}) {
    const hub = await startHub({
      dataDir: options.dataDir ?? bench.folder(),
      signIn: options.signIn ?? true,
      nodeArgs: profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [],
    })
    closers.push(() => hub.stop())
    return hub
  },
  worker(file) {
    const worker = startWorker(file)
    closers.push(() => worker.stop())
    return worker
  },
  folder: () => path.join(root, String(folders++)),
  closing: (close) => void closers.push(close),
  say: (line) => void process.stderr.write(`${line}\n`),
  peakMb: 0,
}

const figures: Figure[] = []
let failed = false
for (const { ids, measure } of MEASUREMENTS) {
  if (only && !ids.some((id) => only.includes(id))) continue
  try {
    figures.push(...(await measure(bench)))
  } catch (error) {
    failed = true
    bench.say(`${ids.join(', ')}: ${error instanceof Error ? error.stack : error}`)
  } finally {
    await closeAll()
    closers = []
  }
}

const about = machine()
if (json) process.stdout.write(`${JSON.stringify({ machine: about, results: figures })}\n`)
else process.stdout.write(`\n${about}\n\n${table(figures)}\n`)
process.exitCode = failed ? 1 : 0
