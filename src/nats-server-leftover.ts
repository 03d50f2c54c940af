import { readFile, rm } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import * as v from 'valibot'
import { programOutput } from './program-output.ts'

/** What was found of an earlier start in the same folder. */
export type Leftover =
  | { state: 'none' }
  /** Its hub was killed; the server has ended now. */
  | { state: 'stopped'; pid: number }
  /** Its hub lives: the folder is not ours. */
  | { state: 'in_use'; hubPid: number }

const pidRecord = v.object({ pid: v.pipe(v.number(), v.integer(), v.minValue(2)), hubPid: v.number() })

const GENTLE_MS = 10_000
const FORCED_MS = 5_000

async function readRecord(pidFile: string): Promise<v.InferOutput<typeof pidRecord> | null> {
  try {
    return v.parse(pidRecord, JSON.parse(await readFile(pidFile, 'utf8')))
  } catch {
    return null
  }
}

/** Parent and command line of a process, null when there is none. Process ids are used again, so never trust one alone. */
async function describe(pid: number): Promise<{ parent: number; command: string } | null> {
  try {
    const stdout = await programOutput('ps', ['-ww', '-o', 'ppid=,stat=,args=', '-p', String(pid)])
    const match = /^\s*(\d+)\s+(\S+)\s+(.*)$/m.exec(stdout)
    if (match === null || match[2]?.startsWith('Z')) return null
    return { parent: Number(match[1]), command: match[3] ?? '' }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return describeFromProc(pid)
    return null
  }
}

/** Slim containers have no `ps`. */
async function describeFromProc(pid: number): Promise<{ parent: number; command: string } | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z') return null
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ')
    return { parent: Number(parent), command }
  } catch {
    return null
  }
}

async function endedWithin(pid: number, configFile: string, ms: number): Promise<boolean> {
  const until = Date.now() + ms
  while (Date.now() < until) {
    const found = await describe(pid)
    if (found === null || !found.command.includes(configFile)) return true
    await wait(50)
  }
  return false
}

/**
 * Ends the server that a killed hub left running in this folder. It is known by its process id and by our own config
 * file on its command line; as long as the hub that started it is its parent, that hub lives and nothing is touched.
 */
export async function stopLeftover(files: { pidFile: string; configFile: string }): Promise<Leftover> {
  const record = await readRecord(files.pidFile)
  if (record === null) return { state: 'none' }
  const found = await describe(record.pid)
  if (found === null || !found.command.includes(files.configFile)) {
    await rm(files.pidFile, { force: true })
    return { state: 'none' }
  }
  if (found.parent === record.hubPid) return { state: 'in_use', hubPid: record.hubPid }
  process.kill(record.pid, 'SIGTERM')
  if (!(await endedWithin(record.pid, files.configFile, GENTLE_MS))) {
    process.kill(record.pid, 'SIGKILL')
    if (!(await endedWithin(record.pid, files.configFile, FORCED_MS)))
      throw new Error(`nats-server ${record.pid} of an earlier start does not end: end it by hand, then start again.`)
  }
  await rm(files.pidFile, { force: true })
  return { state: 'stopped', pid: record.pid }
}
