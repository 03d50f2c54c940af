import { randomUUID } from 'node:crypto'
import type { DeviceId } from '../../../sandbox/desk/people.ts'
import type { PictureName } from '../../../sandbox/desk/pictures.ts'
import type { Screens } from '../../../sandbox/desk/screens.ts'

export interface Saying {
  subject?: string
  samples?: PictureName[]
  /** Of the mail that is answered. */
  answers?: string | null
}

/** The sandbox's devices without their page: what the page's buttons ask of the sandbox. */
export class Devices {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  say(device: DeviceId, customer: string, text: string, rest: Saying = {}): Promise<void> {
    return this.#post('say', { device, customer, text, clientId: randomUUID(), ...rest })
  }

  scan = (): Promise<void> => this.#post('scan', {})
  play = (): Promise<void> => this.#post('play', {})

  /** What stands on all of them now. */
  async now(): Promise<{ screens: Screens; login: { loggedIn: boolean; ready: boolean } }> {
    const closing = new AbortController()
    const response = await fetch(`${this.#url}/sandbox/api/events`, { signal: closing.signal })
    let read = ''
    for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      read += chunk
      const data = /^data: ?(.*)\n\n/m.exec(read)?.[1]
      if (data === undefined) continue
      closing.abort()
      return JSON.parse(data)
    }
    throw new Error(`The sandbox told nothing: ${response.status} ${read}`)
  }

  async #post(act: string, body: object): Promise<void> {
    const response = await fetch(`${this.#url}/sandbox/api/${act}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${act}: ${response.status} ${await response.text()}`)
  }
}
