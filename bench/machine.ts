import { spawnSync } from 'node:child_process'
import os from 'node:os'

/** What the figures were measured on, in a line. */
export const machine = (): string => {
  const cpus = os.cpus()
  const nats = spawnSync(process.env.NATS_SERVER ?? 'nats-server', ['--version'], { encoding: 'utf8' }).stdout ?? ''
  return [
    `${cpus.length} × ${cpus[0]?.model.trim() ?? 'unknown processor'}`,
    `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    `${os.type()} ${os.release()}`,
    `Node ${process.versions.node}`,
    nats.trim(),
  ].join(', ')
}
