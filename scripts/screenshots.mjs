import { runInFront } from './setup/command.mjs'
import { inRoot } from './setup/place.mjs'
import { command, setUp } from './setup.mjs'

/** `npm run screenshots`: pictures of every page, both themes, both languages, for people to look at. */
await command(async () => {
  const { node, env } = await setUp(['browser', 'font'])
  return runInFront(node, [inRoot('test', 'screenshots.ts'), ...process.argv.slice(2)], { env })
})
