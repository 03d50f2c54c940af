import { existsSync } from 'node:fs'
import { runInFront } from './setup/command.mjs'
import { inRoot } from './setup/place.mjs'
import { SetupError } from './setup/progress.mjs'
import { runTests } from './setup/tests.mjs'
import { command, found, setUp } from './setup.mjs'

/** `npm run check`: format, lint, types, import directions and the tests that need no whole hub. Every part runs. */
await command(async () => {
  const failed = []
  const ready = await setUp(['browser']).catch((error) => {
    if (!(error instanceof SetupError) || found().node === null) throw error
    // A page that does not build must not hide what lint and types have to say about it.
    process.stderr.write(`\n${error.message}\n`)
    failed.push('set-up')
    return found()
  })
  const { node, env } = ready
  const part = async (name, program, args) => {
    process.stdout.write(`\n— ${name}\n`)
    const code = await runInFront(node, [program, ...args], { cwd: inRoot('.'), env })
    if (code !== 0) failed.push(name)
  }
  const typescript = inRoot('node_modules', 'typescript', 'bin', 'tsc')
  await part('format and lint', inRoot('node_modules', '@biomejs', 'biome', 'bin', 'biome'), ['check', '.'])
  for (const project of ['.', 'inbox', 'widget', 'sandbox/page'])
    if (existsSync(inRoot(project, 'tsconfig.json')))
      await part(`types of ${project === '.' ? 'the hub' : project}`, typescript, ['-p', project])
  process.stdout.write('\n— tests without whole hubs\n')
  const tests = await runTests(ready, ['--project', 'unit', ...process.argv.slice(2)])
  process.stdout.write(`\n${tests.closing}\n`)
  if (!tests.good) failed.push('tests')
  process.stdout.write(failed.length === 0 ? 'check: all good\n' : `check: not good: ${failed.join(', ')}\n`)
  return failed.length === 0 ? 0 : 1
})
