/** A hub that does nothing but hold a sandbox, to be killed. */
import { startSandbox } from '../../src/sandbox-process.ts'

const [dataDir = '', hubUrl = ''] = process.argv.slice(2)
const log = { info: () => {}, warn: () => {}, error: () => {} }
const sandbox = await startSandbox({ dataDir, hubUrl, log })
process.send?.({ pid: sandbox.processId })
