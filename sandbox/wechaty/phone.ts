import { FileBox } from 'file-box'
import { types } from 'wechaty-puppet'
import { type mock, PuppetMock } from 'wechaty-puppet-mock'
import type { PeerMedia, PlannedFailure } from '../peer.ts'

/** The login of the account. */
const SELF = 'wxid_onethread'

type Show = (
  customer: string,
  message: { by: 'customer' | 'hub'; text: string; media: PeerMedia[] },
  id: string,
) => void

/** What a puppet says when WeChat does not take a message. */
const WORDS: Record<PlannedFailure, string> = {
  refuse: 'not logged in',
  accept_then_reset: 'socket hang up',
  throttle: 'ret 1205: 操作太频繁，请稍后再试',
  server_error: 'system error',
  reject: 'contact does not exist',
}

const HEARTBEAT_MS = 10_000

/** A phone with WeChat behind a puppet: the mock of Wechaty, with remark names, failures and screens. */
export function createPhone(mocker: mock.Mocker, show: Show) {
  const puppet = new PuppetMock({ mocker })
  // A real puppet tells that it is alive; one that is silent for a minute is restarted by its watchdog.
  setInterval(() => puppet.emit('heartbeat', { data: 'the sandbox is alive' }), HEARTBEAT_MS).unref()
  const self = mocker.createContact({ id: SELF, name: 'Onethread' })
  const failures: PlannedFailure[] = []
  const fetched = new Map<string, () => void>()

  const play = async (send: () => Promise<void>) => {
    const failure = failures.shift()
    if (failure === undefined) return send()
    if (failure === 'accept_then_reset') await send()
    throw new Error(WORDS[failure])
  }
  const sendText = puppet.messageSendText.bind(puppet)
  puppet.messageSendText = (to, text) =>
    play(async () => {
      contactOf(to)
      show(to, { by: 'hub', text, media: [] }, '')
      await sendText(to, text)
    })
  const sendFile = puppet.messageSendFile.bind(puppet)
  puppet.messageSendFile = (to, file) =>
    play(async () => {
      contactOf(to)
      const content = await file.toBuffer()
      const media = [{ name: file.name, mimeType: file.mediaType, content: new Uint8Array(content) }]
      show(to, { by: 'hub', text: '', media }, '')
      await sendFile(to, FileBox.fromBase64(content.toString('base64'), file.name))
    })
  const rawPayload = puppet.messageRawPayload.bind(puppet)
  puppet.messageRawPayload = async (id) => {
    fetched.get(id)?.()
    return rawPayload(id)
  }
  Object.defineProperty(puppet, 'contactAlias', {
    value: async (id: string, alias?: string | null) => {
      const payload = mocker.contactPayload(id)
      if (alias === undefined) return payload.alias ?? ''
      mocker.contactPayload(id, { ...payload, alias: alias ?? '' })
      return undefined
    },
  })

  const contactOf = (id: string, name: string | null = null) => {
    if (!mocker.cacheContactPayload.has(id)) mocker.createContact({ id, name: name ?? id, alias: '', weixin: '' })
    return mocker.ContactMock.load(id)
  }
  const connected = () => puppet.isLoggedIn && puppet.listenerCount('message') > 0

  /** Runs `emit`, and resolves once the hub has asked for the message behind it. */
  const handOver = async (emit: () => void): Promise<string> => {
    await until(connected)
    const seen = new Set(mocker.cacheMessagePayload.keys())
    emit()
    const id = [...mocker.cacheMessagePayload.keys()].find((one) => !seen.has(one)) ?? ''
    await new Promise<void>((resolve) => {
      let timer: NodeJS.Timeout
      // WeChat keeps what was not fetched, and gives it again to a hub that comes back.
      const again = () => {
        timer = setTimeout(() => {
          if (connected()) puppet.emit('message', { messageId: id })
          again()
        }, 1_000)
      }
      fetched.set(id, () => {
        clearTimeout(timer)
        fetched.delete(id)
        resolve()
      })
      again()
    })
    return id
  }

  return {
    puppet,
    failures,
    know: (customer: string, name: string): void => void contactOf(customer, name),
    async say(customer: string, name: string | null, text: string, media: PeerMedia[]): Promise<string> {
      const from = contactOf(customer, name)
      const ids: string[] = []
      for (const file of media) {
        const box = FileBox.fromBase64(Buffer.from(file.content).toString('base64'), file.name)
        ids.push(await handOver(() => from.say(box).to(self)))
        show(customer, { by: 'customer', text: '', media: [file] }, ids.at(-1) ?? '')
      }
      if (text !== '') {
        ids.push(await handOver(() => from.say(text).to(self)))
        show(customer, { by: 'customer', text, media: [] }, ids.at(-1) ?? '')
      }
      return ids[0] ?? ''
    },
    typeOnPhone: (customer: string, text: string) => handOver(() => self.say(text).to(contactOf(customer))),
    recall: (customer: string, messageId: string) =>
      handOver(() => {
        const id = `${messageId}-recalled`
        const base = { id, talkerId: contactOf(customer).id, listenerId: SELF, timestamp: Date.now() }
        mocker.MessageMock.create({ ...base, type: types.Message.Recalled, text: messageId })
        puppet.emit('message', { messageId: id })
      }),
    inRoom: (customer: string, text: string) =>
      handOver(() => {
        const memberIdList = [SELF, contactOf(customer).id]
        const room = mocker.createRoom({ id: `${Date.now()}@chatroom`, memberIdList, ownerId: SELF })
        contactOf(customer).say(text).to(room)
      }),
    scanCode: () => mocker.scan(`https://login.weixin.qq.com/l/${Date.now().toString(36)}`),
    login: () => mocker.login(self),
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 20) {
    if (waited > 30_000) throw new Error('No hub is connected to the phone.')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
