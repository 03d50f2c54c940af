import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Resident megabytes (10^6 bytes) of these processes together. */
export const residentMb = (pids: number[]): number => {
  let kib = 0
  for (const pid of pids) kib += residentKib(pid)
  return (kib * 1024) / 1e6
}

const residentKib = (pid: number): number => {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    // Not Linux, or the process is gone.
    return Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() || 0)
  }
}
