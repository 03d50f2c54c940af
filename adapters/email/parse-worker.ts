import { parentPort } from 'node:worker_threads'
import { parseMail } from './parse.ts'

/** Reads large mails beside the event loop, one after another. */
parentPort?.on('message', async ({ id, raw }: { id: number; raw: Uint8Array }) => {
  parentPort?.postMessage({ id, mail: await parseMail(raw) })
})
