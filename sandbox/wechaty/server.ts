/** The process of the Wechaty peer: a puppet service with a mocked phone behind it, on the real gRPC wire. */
import { randomUUID } from 'node:crypto'
import { mock } from 'wechaty-puppet-mock'
import { PuppetServer } from 'wechaty-puppet-service'
import { createPhone } from './phone.ts'
import type { FromServer, ServerOptions, ToServer } from './protocol.ts'

/** What a puppet says when it was stopped, and not logged out. */
const STOPPED = 'puppet stop()'

/** Nobody listens any more when the sandbox's process is gone; then this one is about to end. */
const tell = (word: FromServer): void => void process.send?.(word, undefined, undefined, () => {})

async function run({ endpoint, token, loggedIn, contacts }: ServerOptions): Promise<void> {
  const phone = createPhone(new mock.Mocker(), (customer, message, id) =>
    tell({ type: 'shown', customer, message: { ...message, id: id || randomUUID(), at: Date.now() } }),
  )
  const server = new PuppetServer({ endpoint, puppet: phone.puppet, token, tls: { disable: true } })
  for (const { id, name } of contacts) phone.know(id, name)
  phone.puppet.on('login', () => tell({ type: 'login', loggedIn: true }))
  /** The hub went away: that ends the puppet's session, not the login on the phone. */
  let resting = false
  phone.puppet.on('logout', ({ data }) => {
    resting = data === STOPPED
    if (resting) return
    tell({ type: 'login', loggedIn: false })
    setImmediate(phone.scanCode)
  })
  phone.puppet.on('start', () => {
    if (resting) phone.login()
    resting = false
  })
  await server.start()
  if (loggedIn) phone.login()
  else phone.scanCode()

  const work = async (order: ToServer): Promise<string> => {
    switch (order.type) {
      case 'say':
        return phone.say(order.customer, order.name, order.text, order.media)
      case 'typeOnPhone':
        return phone.typeOnPhone(order.customer, order.text)
      case 'recall':
        return phone.recall(order.customer, order.messageId)
      case 'inRoom':
        return phone.inRoom(order.customer, order.text)
      case 'scan':
        phone.login()
        return ''
      case 'logout':
        await phone.puppet.logout()
        return ''
      case 'fail':
        phone.failures.splice(0, Number.POSITIVE_INFINITY, ...Array(order.times).fill(order.how))
        return ''
    }
  }
  process.on('message', (order: ToServer) => {
    work(order).then(
      (value) => tell({ type: 'done', call: order.call, value }),
      (error) => tell({ type: 'broken', call: order.call, error: String(error) }),
    )
  })
  tell({ type: 'ready' })
}

// The sandbox's process decides: a Ctrl-C reaches us, too.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(0))
process.once('message', (options: ServerOptions) => {
  run(options).catch((error) => {
    console.error(error)
    process.exit(1)
  })
})
