import { randomUUID } from 'node:crypto'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { createTransport } from 'nodemailer'
import { CUSTOMERS, type DeviceId } from '../../sandbox/desk/people.ts'
import type { PictureName } from '../../sandbox/desk/pictures.ts'
import type { AccountView, ConversationView, LabelView, MessageView } from '../../src/views.ts'
import type { SandboxedHub } from '../e2e/first-light/sandboxed-hub.ts'
import type { HubClient } from '../support/hub-client.ts'
import { backdate } from './backdate.ts'
import { NEWSLETTER_REPLY } from './rich-mail.ts'

const PATIENCE_MS = 30_000

export async function until<T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > end) throw new Error(`It did not come: ${what}`)
    await pause(100)
  }
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** What the pictures show, by the names they are asked for. */
export interface Scene {
  chat: string
  mail: string
  failure: string
  wechat: string
  contact: string
}

type Items<T> = { items: T[] }

/** A morning in a small tea shop, played by the sandbox's customers and two agents. */
export class Morning {
  readonly #hub: SandboxedHub
  readonly #mia: HubClient
  readonly #tom: HubClient
  readonly #minutes = new Map<string, number>()

  private constructor(hub: SandboxedHub, mia: HubClient, tom: HubClient) {
    this.#hub = hub
    this.#mia = mia
    this.#tom = tom
  }

  static async play(hub: SandboxedHub): Promise<Scene> {
    const sign = (email: string) => hub.hub.signIn(email, hub.passwordOf(email))
    const [mia, tom] = await Promise.all([sign('mia@example.com'), sign('tom@example.com')])
    const streams = await Promise.all([mia.events(), tom.events()])
    const scene = await new Morning(hub, mia, tom).#play()
    for (const stream of streams) stream.close()
    return scene
  }

  async #play(): Promise<Scene> {
    await this.#hub.devices.scan()
    await until('the login of WeChat', async () => (await this.#hub.devices.now()).login.loggedIn)
    const chat = await this.#brokenCup()
    const wechat = await this.#teapot()
    const mail = await this.#weddingTea()
    const failure = await this.#goneAddress()
    await this.#smallTalk()
    const contact = (await this.#mia.get<ConversationView>(`/api/v1/conversations/${chat}`)).contact.id
    await this.#hub.hub.stop()
    backdate(this.#hub.hub.dataDir, this.#minutes)
    await this.#hub.hub.launch()
    return { chat, wechat, mail, failure, contact }
  }

  async #brokenCup(): Promise<string> {
    const id = await this.#said('sms', 0, 'Hello, my parcel arrived today but one cup is broken :(', 4)
    await this.#said('sms', 0, 'This is how it looks', 4, { picture: 'cup' })
    await this.#mia.patch(`/api/v1/conversations/${id}`, {
      assigneeId: this.#mia.agentId,
      labelIds: [await this.#label('Return')],
    })
    await this.#reply(
      id,
      'Oh no, I am sorry, Ana! I am sending you a new cup today, free of charge. You can keep the broken one.',
    )
    await this.#note(id, 'Third broken cup from this batch. @Mia I am asking the warehouse about the padding.')
    await this.#said('sms', 0, 'That is so kind, thank you! Could you leave it with the neighbour if I am out?', 4)
    const contact = (await this.#mia.get<ConversationView>(`/api/v1/conversations/${id}`)).contact.id
    await this.#mia.patch(`/api/v1/contacts/${contact}`, {
      name: 'Ana Souza',
      language: 'en',
      timeZone: 'America/New_York',
      vipLevel: 2,
      attributes: { Customer: 'since 2023', Orders: '14' },
    })
    const other = await this.#said(
      'mail',
      0,
      'Hello,\n\nI also wrote to you by text message about the broken cup.\n\nAna',
      4,
      {
        subject: 'Broken cup in my order',
      },
    )
    const loser = (await this.#mia.get<ConversationView>(`/api/v1/conversations/${other}`)).contact.id
    await this.#mia.post(`/api/v1/contacts/${contact}/join`, { contactId: loser })
    await this.#reply(id, 'Of course. I put it on the label: “neighbour, no. 12”.')
    return id
  }

  async #teapot(): Promise<string> {
    const id = await this.#said('official', 0, '你好，我上周订的茶壶到哪里了？', 11)
    await this.#said('official', 0, '订单号 20881', 11)
    await this.#mia.patch(`/api/v1/conversations/${id}`, {
      assigneeId: this.#mia.agentId,
      labelIds: [await this.#label('Order')],
    })
    await this.#reply(id, '李梅您好，茶壶昨天已从杭州仓库发出，预计明天下午送到。')
    await this.#said('official', 0, '太好了，谢谢！可以开发票吗？抬头是「云杉科技有限公司」。', 11)
    await this.#said('official', 0, '这是付款截图', 11, { picture: 'receipt' })
    return id
  }

  async #weddingTea(): Promise<string> {
    const port = await freePort()
    const admin = this.#hub.hub.admin
    const accounts = await admin.get<Items<AccountView>>('/api/v1/accounts')
    const account = accounts.items.find(({ glyph }) => glyph === 'mail')
    if (!account) throw new Error('The sandbox has no mailbox.')
    await admin.patch(`/api/v1/accounts/${account.id}`, { config: { smtpInPort: port } })
    const id = await this.#said(
      'mail',
      1,
      'Dear team,\n\nplease send me the invoice for order 5512.\n\nNoah Fischer',
      26,
      {
        subject: 'Tea for our wedding',
      },
    )
    await this.#mia.patch(`/api/v1/conversations/${id}`, { assigneeId: this.#mia.agentId, priority: 'high' })
    await this.#reply(id, 'Dear Noah,\n\ncongratulations! Which teas would you like, and for how many guests?\n\nMia')
    const smtp = createTransport({ host: '127.0.0.1', port, secure: false, ignoreTLS: true })
    await until('the listener', () => smtp.verify().catch(() => false))
    await smtp.sendMail({ from: 'Noah Fischer <noah@fischer.example>', to: account.name, ...NEWSLETTER_REPLY })
    smtp.close()
    await this.#arrived(id, 'Silver needle')
    this.#minutes.set(id, 26)
    return id
  }

  async #goneAddress(): Promise<string> {
    const accounts = await this.#mia.get<Items<AccountView>>('/api/v1/accounts')
    const { conversation } = await this.#mia.post<{ conversation: ConversationView }>('/api/v1/conversations', {
      accountId: accounts.items.find(({ glyph }) => glyph === 'mail')?.id,
      address: 'gone@lindqvist.example',
      contactName: 'Elsa Lindqvist',
      subject: 'Your tasting on Saturday',
      text: 'Dear Elsa,\n\nyour place at the tasting on Saturday is confirmed: 3 pm, bring your favourite cup.\n\nMia',
      clientId: randomUUID(),
    })
    await until('the bounce', async () =>
      (await this.#messages(conversation.id)).some(({ delivery }) => delivery?.state === 'failed'),
    )
    this.#minutes.set(conversation.id, 52)
    return conversation.id
  }

  async #smallTalk(): Promise<void> {
    const gift = await this.#said('personal', 0, '老板在吗？想买 20 份端午礼盒送客户，有没有团购价？', 2)
    await this.#mia.patch(`/api/v1/conversations/${gift}`, { assigneeId: this.#mia.agentId, priority: 'urgent' })
    const closing = await this.#said('sms', 1, 'What time do you close today?', 64)
    await this.#mia.patch(`/api/v1/conversations/${closing}`, { assigneeId: this.#mia.agentId })
    await this.#reply(closing, 'At six, James. See you!')
    const white = await this.#said('personal', 1, '昨天买的白茶很好喝，谢谢推荐！', 95, { picture: 'tea' })
    await this.#mia.patch(`/api/v1/conversations/${white}`, {
      assigneeId: this.#mia.agentId,
      labelIds: [await this.#label('Praise')],
    })
    await this.#reply(white, '您喜欢就好！水温 85 度左右更香。', this.#mia)
    const suzhou = await this.#said(
      'official',
      2,
      'Hi, do you also ship to Suzhou? I only found Shanghai on the page.',
      8,
    )
    await this.#mia.patch(`/api/v1/conversations/${suzhou}`, { assigneeId: this.#mia.agentId })
    const design = await this.#said(
      'mail',
      2,
      '您好，我是许静。\n\n我们是一家包装设计工作室，想为新茶设计包装。附上草图一张。\n\n许静',
      180,
      {
        subject: '设计合作',
        picture: 'parcel',
      },
    )
    await this.#tom.patch(`/api/v1/conversations/${design}`, { assigneeId: this.#tom.agentId })
    const address = await this.#said('sms', 2, '你好，可以改一下收货地址吗？新地址：苏州市平江路 18 号', 38)
    await this.#tom.patch(`/api/v1/conversations/${address}`, { assigneeId: this.#tom.agentId })
    await this.#reply(address, '已经改好了。', this.#tom)
    const points = await this.#said('official', 1, '会员积分怎么兑换？', 15)
    await this.#tom.patch(`/api/v1/conversations/${points}`, { assigneeId: this.#tom.agentId })
  }

  /** A customer speaks on a device; resolves with the conversation when the hub shows it. */
  async #said(
    device: DeviceId,
    who: number,
    text: string,
    minutesAgo: number,
    { picture, subject }: { picture?: PictureName; subject?: string } = {},
  ): Promise<string> {
    const customer = CUSTOMERS[device][who]
    if (!customer) throw new Error(`Nobody has number ${who} at ${device}.`)
    await this.#hub.devices.say(device, customer.address, text, {
      ...(picture ? { samples: [picture] } : {}),
      ...(subject === undefined ? {} : { subject, answers: null }),
    })
    const begin = text.split('\n')[0] ?? text
    const id = await until(text, async () => {
      const all = await this.#hub.hub.admin.get<Items<ConversationView>>('/api/v1/conversations?view=all&limit=100')
      for (const { id, preview } of all.items) {
        if (preview.includes(begin.slice(0, 12))) return id
        if (picture && (await this.#messages(id)).some((one) => one.text.includes(begin))) return id
      }
      return null
    })
    if (picture)
      await until(picture, async () =>
        (await this.#messages(id)).some(({ attachments }) => attachments.some(({ state }) => state === 'stored')),
      )
    this.#minutes.set(id, minutesAgo)
    return id
  }

  async #messages(id: string): Promise<MessageView[]> {
    return (await this.#hub.hub.admin.get<Items<MessageView>>(`/api/v1/conversations/${id}/messages`)).items
  }

  async #arrived(id: string, text: string): Promise<void> {
    await until(text, async () => (await this.#messages(id)).some((one) => one.text.includes(text)))
  }

  async #reply(id: string, text: string, agent = this.#mia): Promise<void> {
    const { id: message } = await agent.post<MessageView>(`/api/v1/conversations/${id}/messages`, {
      kind: 'reply',
      text,
      attachmentIds: [],
      clientId: randomUUID(),
    })
    await until(text, async () => {
      const state = (await this.#messages(id)).find((one) => one.id === message)?.delivery?.state
      return state !== undefined && state !== 'planned' && state !== 'sending'
    })
  }

  async #note(id: string, text: string): Promise<void> {
    await this.#tom.post(`/api/v1/conversations/${id}/messages`, {
      kind: 'note',
      text,
      attachmentIds: [],
      clientId: randomUUID(),
    })
  }

  async #label(name: string): Promise<string> {
    const labels = await this.#mia.get<Items<LabelView>>('/api/v1/labels')
    const found = labels.items.find((label) => label.name === name)
    if (!found) throw new Error(`There is no label ${name}.`)
    return found.id
  }
}
