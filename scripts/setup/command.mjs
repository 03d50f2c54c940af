import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { constants as constantsOf } from 'node:os'
import { delimiter, join } from 'node:path'

/** Where packages put programs and where a user's PATH does not always look. */
const MORE_PATHS = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/sbin', '/opt/homebrew/bin', '/snap/bin']

/** The path of the first of these programs that is installed, or null. */
export function findProgram(...names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...MORE_PATHS]
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name)
      if (folder !== '' && isProgram(path)) return path
    }
  }
  return null
}

export function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Runs a program out of sight. Never rejects: `ok` tells, `output` is what it said, at most the last 200 lines. */
export function run(command, args, { cwd, env, timeoutMs } = {}) {
  return new Promise((done) => {
    let output = ''
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
    })
    const keep = (chunk) => {
      output += chunk
      if (output.length > 200_000) output = output.slice(-100_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', (error) => done({ ok: false, output: error.message }))
    child.once('close', (code) => done({ ok: code === 0, output: output.split('\n').slice(-200).join('\n') }))
  })
}

/**
 * Runs a program in front of the person; resolves with its exit code. A signal that should end us goes on to it, each
 * kind once: in a terminal, npm and the terminal itself send the same Ctrl-C several times.
 */
export function runInFront(command, args, { cwd, env, ipc = false } = {}) {
  return new Promise((done, failed) => {
    const stdio = ['inherit', 'inherit', 'inherit', ...(ipc ? ['ipc'] : [])]
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio })
    const forward = (signal) => child.kill(signal)
    for (const signal of SIGNALS) process.once(signal, forward).on(signal, ignore)
    child.once('error', failed)
    child.once('close', (code, signal) => {
      for (const name of SIGNALS) process.off(name, forward).off(name, ignore)
      done(code ?? 128 + (NUMBERS[signal] ?? 0))
    })
  })
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']
const NUMBERS = constantsOf.signals
const ignore = () => {}

/** The last line with words in it: mostly the reason. */
export const lastLine = (output) => output.trim().split('\n').pop().trim()
