import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInFront } from './command.mjs'
import { inRoot } from './place.mjs'

/** Runs vitest in front of the person. `passed` is false also when not a single test ran. */
export async function runTests({ node, env }, args) {
  const folder = mkdtempSync(join(tmpdir(), 'onethread-tests-'))
  const file = join(folder, 'results.json')
  try {
    const vitest = inRoot('node_modules', 'vitest', 'vitest.mjs')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const code = await runInFront(node, [vitest, 'run', ...reporters, ...args], { cwd: inRoot('.'), env })
    return verdict(code, readResults(file))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readResults(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}

/**
 * A file that could not even be loaded, or an error outside every test, counts as one failed: the closing line must
 * never say "0 failed" of a run that was not good.
 */
export function verdict(code, results) {
  const passed = results?.numPassedTests ?? 0
  const skipped = (results?.numPendingTests ?? 0) + (results?.numTodoTests ?? 0)
  const broken = (results?.testResults ?? []).filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length
  const counted = (results?.numFailedTests ?? 0) + broken
  const good = code === 0 && counted === 0 && passed > 0
  const failed = good || counted > 0 ? counted : 1
  const closing = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
  return { good, closing, code: good ? 0 : code || 1 }
}
