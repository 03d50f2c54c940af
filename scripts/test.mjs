import { runTests } from './setup/tests.mjs'
import { command, setUp } from './setup.mjs'

/** `npm test [-- <vitest's arguments>]`: sets up, runs every test, ends with one line of figures. */
await command(async () => {
  const ready = await setUp(['browser', 'imap'])
  const { closing, code } = await runTests(ready, process.argv.slice(2))
  process.stdout.write(`\n${closing}\n`)
  return code
})
