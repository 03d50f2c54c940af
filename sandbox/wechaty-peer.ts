import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import type { DeviceMessage, Peer } from './peer.ts'
import type { FromServer, ServerOptions, ToServer } from './wechaty/protocol.ts'

type Order = ToServer extends infer One ? (One extends ToServer ? Omit<One, 'call'> : never) : never

export interface WechatyPeer extends Peer {
  /** The account's owner scans the QR code with the phone and confirms. */
  scan(): Promise<void>
  /** The owner logs the account out on the phone; a new QR code comes. */
  logout(): Promise<void>
  /** The owner writes to a customer on the phone itself. */
  typeOnPhone(customer: string, text: string): Promise<{ remoteId: string }>
  /** Called at each login and logout, whoever asked for it; returns the unsubscribe. */
  onLogin(listener: (loggedIn: boolean) => void): () => void
  /** Called when the process with the puppet ends by itself. */
  onEnd(listener: () => void): void
  /** The customer takes a message back. */
  recall(customer: string, messageId: string): Promise<void>
  /** The customer writes in a group that the account is in. */
  sayInRoom(customer: string, text: string): Promise<void>
}

interface Options {
  /** False: the hub sees a QR code until `scan`. */
  loggedIn?: boolean
  /** Of the puppet service; any free one by default. Another one is taken when it is not free. */
  port?: number
  /** The one of the account's settings, when the account is kept. */
  token?: string
  /** People the phone knows from before. */
  contacts?: { id: string; name: string }[]
}

/** A puppet service with a phone behind it, in a process of its own because Wechaty is heavy. */
export async function startWechatyPeer({
  loggedIn = false,
  port,
  token = newWechatyToken(),
  contacts = [],
}: Options = {}): Promise<WechatyPeer> {
  const endpoint = `127.0.0.1:${await freePort(port)}`
  const loginListeners = new Set<(loggedIn: boolean) => void>()
  const devices = new Map<string, DeviceMessage[]>()
  const listeners = new Set<(customer: string) => void>()
  const accepted: Peer['accepted'] = []
  const calls = new Map<number, { resolve(value: string): void; reject(error: Error): void }>()
  let nextCall = 1

  const show = (customer: string, message: DeviceMessage) => {
    devices.set(customer, [...(devices.get(customer) ?? []), message])
    if (message.by === 'hub') accepted.push({ to: customer, text: message.text, at: message.at, key: null })
    for (const listener of listeners) listener(customer)
  }
  const child = await startServer({ endpoint, token, loggedIn, contacts }, (word) => {
    if (word.type === 'login') for (const listener of loginListeners) listener(word.loggedIn)
    if (word.type === 'shown') show(word.customer, word.message)
    if (word.type === 'done') calls.get(word.call)?.resolve(word.value)
    if (word.type === 'broken') calls.get(word.call)?.reject(new Error(word.error))
    if ('call' in word) calls.delete(word.call)
  })
  child.on('exit', () => {
    for (const { reject } of calls.values()) reject(new Error('The WeChat peer ended.'))
  })
  const ask = (order: Order): Promise<string> => {
    const call = nextCall
    nextCall += 1
    return new Promise((resolve, reject) => {
      calls.set(call, { resolve, reject })
      child.send({ ...order, call } as ToServer)
    })
  }

  return {
    channel: 'wechat',
    config: wechatyConfig(endpoint, token),
    accepted,
    attach: () => {},
    async say(customer, { text, media = [], name = null }) {
      return { remoteId: await ask({ type: 'say', customer, name, text, media }) }
    },
    device: (customer) => [...(devices.get(customer) ?? [])],
    // WeChat tells nobody what was read.
    look: async () => {},
    fail: (how, times) => void ask({ type: 'fail', how, times }),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onLogin(listener) {
      loginListeners.add(listener)
      return () => loginListeners.delete(listener)
    },
    onEnd: (listener) => void child.once('exit', listener),
    scan: async () => void (await ask({ type: 'scan' })),
    logout: async () => void (await ask({ type: 'logout' })),
    typeOnPhone: async (customer, text) => ({ remoteId: await ask({ type: 'typeOnPhone', customer, text }) }),
    recall: async (customer, messageId) => void (await ask({ type: 'recall', customer, messageId })),
    sayInRoom: async (customer, text) => void (await ask({ type: 'inRoom', customer, text })),
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

async function startServer(options: ServerOptions, hear: (word: FromServer) => void): Promise<ChildProcess> {
  const child = fork(new URL('./wechaty/server.ts', import.meta.url), {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, HOME: tmpdir(), WECHATY_LOG: 'silent' },
    execArgv: ['--no-deprecation'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (word: FromServer) => {
      if (word.type === 'ready') resolve()
      hear(word)
    })
    child.once('exit', (code) => reject(new Error(`The WeChat peer ended with ${code} before it was ready.`)))
  })
  child.send(options)
  await ready
  return child
}

export const newWechatyToken = (): string => `insecure_${randomUUID()}`

/** An account's settings for a puppet service at `endpoint` (host:port). */
export const wechatyConfig = (endpoint: string, puppetToken: string): Record<string, unknown> => ({
  puppet: 'wechaty-puppet-service',
  puppetToken,
  endpoint,
  tls: false,
  ratePerMinute: 6_000,
  markContacts: true,
})

/** `wanted` when nobody listens there, else any. */
export async function freePort(wanted = 0): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    if (wanted === 0) throw error
    return freePort()
  }
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('There is no free port.')
  return address.port
}
