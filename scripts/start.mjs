import { runInFront } from './setup/command.mjs'
import { inRoot } from './setup/place.mjs'
import { command, setUp } from './setup.mjs'

/** `npm start`: sets up what is missing, then runs the hub. */
await command(async () => {
  const { node, env } = await setUp()
  const main = inRoot('src', 'main.ts')
  // Over the channel the hub learns when this process is killed, and then ends too instead of keeping the port.
  if (node !== process.execPath) return runInFront(node, [main, ...process.argv.slice(2)], { env, ipc: true })
  Object.assign(process.env, env)
  await import(main)
  return process.exitCode
})
