import { runInFront } from './setup/command.mjs'
import { inRoot } from './setup/place.mjs'
import { command, setUp } from './setup.mjs'

/** `npm run bench [-- --json]`: measures this clone on this machine. */
await command(async () => {
  const { node, env } = await setUp()
  return runInFront(node, [inRoot('bench', 'main.ts'), ...process.argv.slice(2)], { env })
})
