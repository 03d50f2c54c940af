import { randomBytes, randomUUID } from 'node:crypto'
import type { MailPeer } from '../mail-peer.ts'
import { startMailPeer } from '../mail-peer.ts'
import type { Peer } from '../peer.ts'
import { startTwilioPeer, type TwilioMemory, type TwilioPeer } from '../twilio-peer.ts'
import { WebPeer } from '../web-peer.ts'
import { type OfficialMemory, startWechatOfficialPeer, type WechatOfficialPeer } from '../wechat-official-peer.ts'
import { onKeptPort } from './kept-port.ts'
import { MailboxFile } from './mailbox-file.ts'
import { CUSTOMERS, type DeviceId, SHOP } from './people.ts'
import { PersonalWechat } from './personal-wechat.ts'

/** What the remote parties must still know after a restart: accounts hold their ports, passwords and tokens. */
export interface ProviderMemory {
  ports: Partial<Record<'smsApi' | 'smsMedia' | 'official' | 'personal' | 'imap' | 'smtp', number>>
  sms: { accountSid: string; authToken: string; memory: TwilioMemory } | null
  official: OfficialMemory | null
  personal: { token: string; loggedIn: boolean } | null
  mail: { password: string; uidValidity: number } | null
  web: { identitySecret: string } | null
}

export const NO_MEMORY: ProviderMemory = { ports: {}, sms: null, official: null, personal: null, mail: null, web: null }

export interface Account {
  key: DeviceId
  channel: string
  name: string
  config: Record<string, unknown>
}

export interface Providers {
  peers: { sms: TwilioPeer; official: WechatOfficialPeer; personal: PersonalWechat; mail: MailPeer; web: WebPeer }
  accounts: Account[]
  identitySecret: string
  memory(): ProviderMemory
  close(): Promise<void>
}

interface Options {
  memory: ProviderMemory
  /** Folder of the hub's mailbox. */
  mailFolder: string
  /** Where a public address of the hub is reached from here. */
  reach: (url: string) => string
  changed: () => void
}

const portOf = (address: unknown): number => Number(new URL(String(address)).port)

/** Starts every remote party where it was before. The heavy one comes up a moment later by itself. */
export async function startProviders({ memory, mailFolder, reach, changed }: Options): Promise<Providers> {
  const { ports } = memory
  const mailPassword = memory.mail?.password ?? randomUUID()
  const mailbox = new MailboxFile(mailFolder, memory.mail?.uidValidity ?? Math.floor(Date.now() / 1000))
  const identitySecret = memory.web?.identitySecret ?? randomBytes(32).toString('hex')
  const [sms, official, mail, personal] = await Promise.all([
    startSms(memory, reach),
    onKeptPort(ports.official, (port) =>
      startWechatOfficialPeer({
        mode: 'aes',
        port,
        repliesPerMessage: 20,
        ...(memory.official ? { memory: memory.official } : {}),
      }),
    ),
    startMail(memory, mailbox, mailPassword),
    PersonalWechat.prepare({
      token: memory.personal?.token ?? null,
      loggedIn: memory.personal?.loggedIn ?? false,
      port: ports.personal,
      contacts: CUSTOMERS.personal.map(({ address, name }) => ({ id: address, name })),
      changed,
    }),
  ])
  const web = new WebPeer({ identitySecret, messagesPerMinute: 600, ...CHAT })
  const peers = { sms, official, personal, mail, web }
  return {
    peers,
    identitySecret,
    accounts: accountsOf(peers),
    memory: () => ({
      ports: {
        smsApi: portOf(sms.apiBaseUrl),
        smsMedia: portOf(sms.mediaOrigin()),
        official: portOf(official.config.apiBaseUrl),
        personal: personal.port,
        imap: Number(mail.config.imapPort),
        smtp: Number(mail.config.smtpPort),
      },
      sms: { accountSid: sms.accountSid, authToken: sms.authToken, memory: sms.memory() },
      official: official.memory(),
      personal: { token: personal.token, loggedIn: personal.loggedIn },
      mail: { password: mailPassword, uidValidity: mailbox.uidValidity },
      web: { identitySecret },
    }),
    async close() {
      await Promise.all([sms, official, personal, mail, web].map((peer: Pick<Peer, 'close'>) => peer.close()))
    },
  }
}

const CHAT = {
  title: SHOP.name,
  greeting: 'Hello! Ask us about teas, pots and orders. We answer in a few minutes.',
  greetingZh: '您好！茶叶、茶具、订单的问题都可以问我们，几分钟内回复。',
  accentColor: '#2f6b4f',
}

async function startSms(memory: ProviderMemory, reach: Options['reach']): Promise<TwilioPeer> {
  const kept = memory.sms && { ...memory.sms, memory: memory.sms.memory }
  const start = (apiPort = 0, mediaPort = 0) =>
    startTwilioPeer({ ...(kept ?? {}), number: SHOP.number, apiPort, mediaPort, reach, webhookRetries: 4 })
  try {
    return await start(memory.ports.smsApi, memory.ports.smsMedia)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EADDRINUSE') throw error
    return start()
  }
}

async function startMail(memory: ProviderMemory, mailbox: MailboxFile, password: string): Promise<MailPeer> {
  const customers = Object.fromEntries(CUSTOMERS.mail.map(({ address, name }) => [address, name]))
  const start = (imapPort = 0, smtpPort = 0) =>
    startMailPeer({ address: SHOP.mail, customers, mailbox, password, imapPort, smtpPort })
  try {
    return await start(memory.ports.imap, memory.ports.smtp)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EADDRINUSE') throw error
    return start()
  }
}

const accountsOf = ({ sms, official, personal, mail, web }: Providers['peers']): Account[] => [
  { key: 'web', channel: web.channel, name: `${SHOP.name} website`, config: web.config },
  { key: 'sms', channel: sms.channel, name: 'SMS +1 202 555 0100', config: sms.config },
  { key: 'official', channel: official.channel, name: `${SHOP.name} 公众号`, config: { ...official.config } },
  { key: 'personal', channel: personal.channel, name: 'WeChat of the shop', config: personal.config },
  { key: 'mail', channel: mail.channel, name: SHOP.mail, config: { ...mail.config, fromName: SHOP.name } },
]
