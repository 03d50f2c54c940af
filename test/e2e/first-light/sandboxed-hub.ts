import { RunningHub } from '../../support/running-hub.ts'
import { Devices } from './devices.ts'

/** A hub as a newcomer has it: an empty folder, the sandbox on, and people whose passwords were printed once. */
export interface SandboxedHub {
  hub: RunningHub
  devices: Devices
  passwordOf(email: string): string
  close(): Promise<void>
}

export async function startSandboxedHub(): Promise<SandboxedHub> {
  const hub = await RunningHub.start({ SANDBOX: 'on' })
  return {
    hub,
    devices: new Devices(hub.url),
    passwordOf(email) {
      const line = hub.log.find((one) => one.includes(email))
      const password = line?.trim().split(/\s+/).at(-1)
      if (password === undefined) throw new Error(`No password was printed for ${email}:\n${hub.log.join('\n')}`)
      return password
    },
    close: () => hub.close(),
  }
}
