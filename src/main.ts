import { enableCompileCache } from 'node:module'
import path from 'node:path'
import type { Hub } from './hub.ts'

/** The process: environment in, signals in, exit code out. Everything else is made in hub.ts. */

// Beside the packages, because whoever can write there can change our code anyway; a folder that all may write to would
// be a way in. Reading the compiled modules of an earlier start takes a third of the time; hence the imports below it.
enableCompileCache(path.join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled'))
const [{ pino }, { settleAfterStart }, { parseConfig }, { StartError, startHub }, { NatsServerError }] =
  await Promise.all([
    import('pino'),
    import('./after-start.ts'),
    import('./config.ts'),
    import('./hub.ts'),
    import('./nats-server.ts'),
  ])

const EXIT_BAD_ENVIRONMENT = 2
/** A stop that hangs longer than this is ended: what was in hand is settled at the next start. */
const STOP_LIMIT_MS = 20_000

const say = (line: string) => void process.stdout.write(`${line}\n`)
const complain = (line: string) => void process.stderr.write(`${line}\n`)

const parsed = parseConfig(process.env)
if (!parsed.ok) {
  for (const problem of parsed.problems) complain(problem)
  process.exit(EXIT_BAD_ENVIRONMENT)
}
const { config } = parsed
const log = pino({ level: config.logLevel, base: null }, pino.destination({ fd: 2, sync: true }))

let hub: Hub | null = null
let stopping = false

const stop = async (why: string) => {
  if (stopping) return
  stopping = true
  log.info({ why }, 'Stopping: taking no more, finishing what is in hand')
  setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref()
  await hub?.stop()
  process.exit(0)
}

process.on('SIGINT', () => void stop('SIGINT'))
process.on('SIGTERM', () => void stop('SIGTERM'))
// Started under an older Node, the starter's death is our end too.
process.once('disconnect', () => void stop('the starter is gone'))

try {
  hub = await startHub(config, log, say)
  say(`Onethread is ready: ${hub.url}`)
  if (config.sandbox) say(`Play with it:       ${hub.url}/sandbox`)
  settleAfterStart()
} catch (error) {
  if (error instanceof StartError || error instanceof NatsServerError) complain(error.message)
  else log.fatal({ err: error }, 'The hub could not start')
  process.exit(1)
}
