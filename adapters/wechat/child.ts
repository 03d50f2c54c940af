/**
 * The process with Wechaty: forked per account, so that its memory, its leaks and its crashes are its own. It keeps
 * nothing but the login and the spool, and ends when it has lost its puppet or its parent: the parent starts it anew.
 */
import { join } from 'node:path'
import { FileBox } from 'file-box'
import { WechatyBuilder } from 'wechaty'
import type { impls } from 'wechaty-puppet'
import { types } from 'wechaty-puppet'
import { type Details, describe, recalledId } from './content.ts'
import { FILE_MAX_BYTES, type FromChild, type Incoming, type Say, type StartBot, type ToChild } from './protocol.ts'
import { Spool, spoolDir } from './spool.ts'
import { Who } from './who.ts'

type Puppet = impls.PuppetInterface
type Kept = Extract<FromChild, { seq: number }>
type Fresh = Kept extends infer One ? (One extends Kept ? Omit<One, 'seq'> : never) : never

const tell = (message: FromChild): void => void process.send?.(message)

function end(detail: string, misconfigured = false): void {
  if (process.send === undefined) process.exit(1)
  process.send({ type: 'failed', misconfigured, detail } satisfies FromChild, () => process.exit(1))
}

/** Errors after which a puppet is of no more use. */
const FATAL = /UNAVAILABLE|UNAUTHENTICATED|Invalid Wechaty TOKEN|ALREADY_EXISTS|CANCELLED|ECONNREFUSED|ECONNRESET/
const OPERATORS = /UNAUTHENTICATED|Invalid Wechaty TOKEN|Cannot find (package|module)|SNI/

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

async function run(start: StartBot): Promise<void> {
  const spool = new Spool<Fresh>(spoolDir(start.stateDir))
  for (const { seq, event } of spool.left()) tell({ ...event, seq })
  const keep = (event: Fresh): void => tell({ ...event, seq: spool.add(event) })

  const arrived = new Spool<string>(join(start.stateDir, 'arrived'))
  const bot = WechatyBuilder.build({
    name: join(start.stateDir, 'login'),
    puppet: start.puppet as 'wechaty-puppet-service',
    puppetOptions: {
      ...(start.token !== '' && { token: start.token }),
      ...(start.endpoint !== '' && { endpoint: start.endpoint }),
      ...(!start.tls && { tls: { disable: true } }),
    },
  })
  let session: Who | null = null
  const who = (): Who | null => {
    if (session === null && bot.puppet.isLoggedIn) {
      session = new Who(bot.puppet, start.markContacts, Date.now().toString(36))
    }
    return session
  }
  let queue = Promise.resolve()
  bot.on('error', (error) => {
    if (FATAL.test(wordsOf(error))) end(wordsOf(error), OPERATORS.test(wordsOf(error)))
    else tell({ type: 'log', detail: wordsOf(error) })
  })
  bot.on('scan', (qr, status) => {
    const scanned = status === types.ScanStatus.Scanned || status === types.ScanStatus.Confirmed
    tell({ type: 'scan', qr, scanned })
  })
  const read = (seq: number, id: string, again: boolean) => {
    // In the order of arrival: a large picture must not be overtaken by the words that follow it.
    queue = queue
      .then(() => receive(bot.puppet, id, who(), keep))
      .then(
        () => arrived.remove(seq),
        (error) => {
          tell({ type: 'log', detail: `message ${id} could not be read: ${wordsOf(error)}` })
          // The puppet may be going; the next process tries once more.
          if (again) arrived.remove(seq)
        },
      )
  }
  const earlier = [...arrived.left()]
  let logoutWanted = false
  const logOut = () => void bot.logout().catch((error) => tell({ type: 'log', detail: wordsOf(error) }))
  bot.on('login', (self) => {
    tell({ type: 'login', name: self.name() })
    if (logoutWanted) logOut()
    logoutWanted = false
  })
  bot.on('logout', (_self, reason) => {
    session = null
    tell({ type: 'logout', reason: reason ?? '' })
  })
  process.on('message', (message: ToChild) => {
    // Asked for while the puppet is still connecting, it waits for the login that it ends.
    if (message.type === 'logout' && bot.isLoggedIn) logOut()
    else if (message.type === 'logout') logoutWanted = true
    if (message.type === 'say') void say(bot.puppet, who(), message)
  })
  await bot.init()
  bot.puppet.on('login', () => {
    for (const { seq, event } of earlier.splice(0)) read(seq, event, true)
  })
  // Noted before anything is fetched: what a puppet has handed out it does not give again.
  bot.puppet.prependListener('message', ({ messageId }) => read(arrived.add(messageId), messageId, false))
  await bot.start()
  watchStream(bot.puppet)
}

/**
 * The service puppet tells nobody when its stream of events ends, and sends a file a second time by another
 * call when the first call's answer is lost. Neither may happen to a customer.
 */
function watchStream(puppet: Puppet): void {
  if (!('grpcManager' in puppet)) return
  const manager = puppet.grpcManager as NodeJS.EventEmitter
  manager.on('end', () => end('the puppet service closed the connection'))
  manager.on('cancel', () => end('the puppet service cancelled the connection'))
  Object.defineProperty(puppet, 'messageSendFileStream', {
    value: () => Promise.reject(new Error('The answer to the file was lost.')),
  })
}

async function receive(puppet: Puppet, id: string, who: Who | null, keep: (event: Fresh) => void): Promise<void> {
  const payload = await puppet.messagePayload(id)
  // Rooms are left alone: an answer would be read by everybody in them.
  if (payload.roomId !== undefined && payload.roomId !== '') return
  if (who === null) throw new Error('nobody is logged in')
  const self = payload.talkerId === puppet.currentUserId
  const other = self ? payload.listenerId : payload.talkerId
  if (other === undefined || other === '') throw new Error('it has no other side')
  const contact = await who.contact(other)
  const at = payload.timestamp < 1e11 ? payload.timestamp * 1000 : payload.timestamp
  const text = payload.text ?? ''
  if (payload.type === types.Message.Recalled) {
    keep({ type: 'withdrawn', id, of: recalledId(text), contact, at })
    return
  }
  const described = await describe(payload.type, text, detailsOf(puppet, id))
  const file = described.file ? await fileOf(puppet, id, payload.type) : null
  keep({ type: 'message', message: { id, contact, self, text: described.text, file, at } })
}

const detailsOf = (puppet: Puppet, id: string): Details => ({
  contactName: async () => (await puppet.contactPayload(await puppet.messageContact(id))).name,
  url: () => puppet.messageUrl(id),
  location: () => puppet.messageLocation(id),
  miniProgram: () => puppet.messageMiniProgram(id),
})

/** WeChat names no type of an emoticon or a voice; the media store looks at the bytes. */
const NAMES = new Map<number, string>([
  [types.Message.Audio, 'audio/silk'],
  [types.Message.Video, 'video/mp4'],
  [types.Message.Image, 'image/jpeg'],
  [types.Message.Emoticon, 'image/gif'],
])

async function fileOf(puppet: Puppet, id: string, type: number): Promise<Incoming['file']> {
  const guessed = NAMES.get(type) ?? 'application/octet-stream'
  try {
    const box = await puppet.messageFile(id)
    const { name } = box
    const mimeType = box.mediaType && box.mediaType !== 'application/octet-stream' ? box.mediaType : guessed
    if (box.size > FILE_MAX_BYTES) return { name, mimeType, size: box.size, refused: 'larger than 25 MB' }
    const content = new Uint8Array(await box.toBuffer())
    return content.length > FILE_MAX_BYTES
      ? { name, mimeType, size: content.length, refused: 'larger than 25 MB' }
      : { name, mimeType, content }
  } catch (error) {
    return { name: id, mimeType: guessed, size: null, refused: `WeChat did not give it: ${wordsOf(error)}` }
  }
}

async function say(puppet: Puppet, who: Who | null, { call, address, say }: Extract<ToChild, { type: 'say' }>) {
  try {
    const id = (await who?.idOf(address)) ?? null
    if (who === null) throw new Error('not logged in')
    if (id === null) throw new Error('contact not found: this address was only good for an earlier login')
    const remoteId = await put(puppet, id, say)
    tell({ type: 'said', call, ok: true, remoteId })
  } catch (error) {
    tell({ type: 'said', call, ok: false, error: wordsOf(error) })
  }
}

async function put(puppet: Puppet, id: string, say: Say): Promise<string | null> {
  if ('text' in say) return (await puppet.messageSendText(id, say.text)) || null
  const box = FileBox.fromBase64(Buffer.from(say.content).toString('base64'), say.name)
  return (await puppet.messageSendFile(id, box)) || null
}

process.once('message', (message: ToChild) => {
  if (message.type === 'start') run(message).catch((error) => end(wordsOf(error), OPERATORS.test(wordsOf(error))))
})
process.on('disconnect', () => process.exit(0))
process.on('uncaughtException', (error) => end(wordsOf(error)))
process.on('unhandledRejection', (error) => end(wordsOf(error)))
