import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { inRoot } from './place.mjs'
import { note } from './progress.mjs'

/** Outside node_modules, because installing empties that. */
const file = inRoot('.setup-lock')

const holder = () => {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return 0
  }
}

const lives = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function take() {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    return false
  }
}

/** Runs one set-up of this clone at a time; a lock whose holder died is taken over. */
export async function withLock(work) {
  let told = false
  while (!take()) {
    const pid = holder()
    if (pid > 0 && !lives(pid)) rmSync(file, { force: true })
    else if (!told) {
      told = true
      note(`waiting for another set-up of this clone (process ${pid})`)
    }
    await new Promise((done) => setTimeout(done, 200))
  }
  const release = () => rmSync(file, { force: true })
  process.once('exit', release)
  const interrupted = () => process.exit(130)
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  try {
    return await work()
  } finally {
    for (const [event, listener] of [
      ['exit', release],
      ['SIGINT', interrupted],
      ['SIGTERM', interrupted],
    ])
      process.off(event, listener)
    release()
  }
}
