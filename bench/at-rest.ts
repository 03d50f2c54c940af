import { setTimeout as pause } from 'node:timers/promises'
import { startMailPeer } from '../sandbox/mail-peer.ts'
import { startWechatOfficialPeer } from '../sandbox/wechat-official-peer.ts'
import { freePort, MAILBOX } from './email.ts'
import { type Figure, figure, median } from './figures.ts'
import type { Bench } from './main.ts'
import { residentMb } from './memory.ts'
import { startRecorder } from './twilio-recorder.ts'

/** (e) How long a second start takes, and what a hub with one account per channel holds in memory. */

const STARTS = 5
const REST_MS = 5000

export const measureAtRest = async (bench: Bench): Promise<Figure[]> => {
  const dataDir = bench.folder()
  const phone = await startRecorder(() => {})
  bench.closing(() => phone.close())
  const wechat = await startWechatOfficialPeer({ mode: 'aes' })
  bench.closing(() => wechat.close())
  const mail = await startMailPeer({ address: MAILBOX, deliverBy: 'imap' })
  bench.closing(() => mail.close())

  const first = await bench.hub({ dataDir })
  const accounts = [
    { channel: 'webchat', name: 'Website', config: { allowedOrigins: ['*'] } },
    { channel: 'sms', name: 'Phone', config: phone.config },
    { channel: 'email', name: 'Mail', config: { ...mail.config, smtpInPort: await freePort() } },
    { channel: 'wechat-official', name: 'WeChat', config: wechat.config },
  ]
  for (const account of accounts) await first.api('POST', '/accounts', account)
  await pause(2000)
  await first.stop()

  const times: number[] = []
  const sizes: number[] = []
  for (let start = 0; start < STARTS; start++) {
    bench.say(`start, memory: ${start + 1} of ${STARTS}`)
    const hub = await bench.hub({ dataDir, signIn: false })
    times.push(hub.startedInMs)
    if (start < 3) {
      await pause(REST_MS)
      sizes.push(residentMb([hub.pid, hub.natsPid]))
    }
    await hub.stop()
  }
  const figures = [
    figure({
      id: 'start',
      value: median(times),
      unit: 'ms',
      goal: 2000,
      goalOf: 'most',
      what: 'spawned to ready, on a data folder that was there',
    }),
    figure({
      id: 'memory',
      value: median(sizes),
      unit: 'MB',
      goal: 200,
      goalOf: 'most',
      what: 'resident at rest, hub and nats-server, one account per channel',
    }),
  ]
  if (bench.peakMb === 0) return figures
  const what = 'the most while messages came in as fast as they could'
  return [...figures, figure({ id: 'memory.load', value: bench.peakMb, unit: 'MB', what })]
}
