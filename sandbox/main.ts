/**
 * The sandbox's process: every remote party, and the page on which their customers' devices lie. Forked by the hub,
 * talks to it by IPC, and ends when the hub ends, however that happens.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { BusyDay } from './desk/busy-day.ts'
import { Files } from './desk/files.ts'
import { Live } from './desk/live.ts'
import { CUSTOMERS, customerAt, type DeviceId, isDevice, SHOP } from './desk/people.ts'
import { NO_MEMORY, type ProviderMemory, type Providers, startProviders } from './desk/providers.ts'
import { type Carry, Desk, type Screens } from './desk/screens.ts'
import { createDeskServer } from './desk/server.ts'
import { StateFile } from './desk/state-file.ts'

interface Start {
  type: 'start'
  dataDir: string
  hubUrl: string
  localUrl: string
  secret: string
  signIns: SignIn[]
}

interface SignIn {
  name: string
  email: string
  role: string
}

type FromHub = Start | { type: 'attach'; key: string; accountId: string } | { type: 'signIns'; people: SignIn[] }

interface Kept {
  version: 1
  providers: ProviderMemory
  screens: Screens
}

/** After everything else is up: the puppet's start takes a second of the processor, which the hub's own start wants. */
const HEAVY_AFTER_MS = 1_000

/** A hub that is gone hears nothing; `disconnect` is our end then. */
const tellHub = (word: object): void => void process.send?.(word, undefined, undefined, () => {})

/** Brings everything up; returns what listens to the hub from then on. */
async function run({ dataDir, hubUrl, localUrl, secret, signIns: people }: Start): Promise<(word: FromHub) => void> {
  const folder = path.resolve(dataDir, 'sandbox')
  const kept = StateFile.load<Kept>(path.join(folder, 'state.json'))
  const live = new Live()
  const files = new Files(path.join(folder, 'files'))
  const attached = new Map<DeviceId, string>()
  let signIns = people
  let providers: Providers | null = null
  const state = new StateFile<Kept>(path.join(folder, 'state.json'), () => ({
    version: 1,
    providers: providers?.memory() ?? kept?.providers ?? NO_MEMORY,
    screens: desk.screens,
  }))
  const reach = (url: string) => (url.startsWith(hubUrl) ? localUrl + url.slice(hubUrl.length) : url)

  const carry: Carry = async (device, customer, message) => {
    if (!providers || !attached.has(device)) throw new Error('starting')
    const { name } = customerAt(device, customer) ?? {}
    return providers.peers[device].say(customer, { ...message, ...(name ? { name } : {}) })
  }
  const desk = new Desk(kept?.screens ?? {}, files, carry, (device, customer, message) => {
    const { seenAt } = desk.screen(device, customer)
    live.tell({ type: 'screen', device, customer, seenAt, message })
    state.changed()
  })
  const { peers, accounts, identitySecret, memory, close } = await startProviders({
    memory: kept?.providers ?? NO_MEMORY,
    mailFolder: path.join(folder, 'mailbox'),
    reach,
    changed: () => {
      live.tell({ type: 'login', ...login() })
      state.changed()
    },
  })
  providers = { peers, accounts, identitySecret, memory, close }
  const login = () => ({ loggedIn: peers.personal.loggedIn, ready: peers.personal.ready })
  showAnswers(peers, desk)
  const day = new BusyDay({
    say: (device, customer, draft) => void desk.say(device, customer, draft),
    prepare: async () => {
      if (!peers.personal.loggedIn) await peers.personal.scan()
    },
    changed: (play) => live.tell({ type: 'play', play }),
  })
  const server = createDeskServer({
    secret,
    hubUrl,
    desk,
    files,
    live,
    identitySecret,
    accountOf: (device) => attached.get(device) ?? null,
    snapshot: () => ({
      shop: SHOP,
      customers: CUSTOMERS,
      screens: desk.screens,
      login: login(),
      play: day.now,
      signIns,
      open: attached.has('web'),
    }),
    scan: () => peers.personal.scan(),
    logout: () => peers.personal.logout(),
    play: () => void day.play().catch(() => {}),
    stopPlay: () => day.stop(),
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  state.flush()
  setTimeout(() => void peers.personal.open().catch(() => {}), HEAVY_AFTER_MS).unref()
  tellHub({ type: 'ready', port: (server.address() as AddressInfo).port, accounts })
  process.on('exit', () => state.flush())

  return (word) => {
    if (word.type === 'signIns') {
      signIns = word.people
      live.tell({ type: 'signIns', signIns })
    } else if (word.type === 'attach' && isDevice(word.key)) {
      attached.set(word.key, word.accountId)
      tellHook(peers, word.key, `${hubUrl}/hooks/${word.accountId}`, reach)
      live.tell({ type: 'open', open: attached.has('web') })
    }
  }
}

/** Where an account's webhooks go. SMS signs the public address, so it gets that and finds the way itself. */
function tellHook(peers: Providers['peers'], device: DeviceId, hook: string, reach: (url: string) => string): void {
  if (device === 'sms') peers.sms.attach(hook)
  if (device === 'official') peers.official.attach(reach(hook))
  if (device === 'web') peers.web.attach(reach(hook))
}

/** What the hub brings to a device is shown there. The website shows it itself: it has the real chat. */
function showAnswers({ sms, official, personal, mail }: Providers['peers'], desk: Desk): void {
  for (const [device, peer] of Object.entries({ sms, official, personal, mail }))
    if (isDevice(device)) peer.onChange((customer) => desk.show(device, customer, peer.device(customer)))
}

// The hub decides when it is over: a Ctrl-C in the terminal reaches us, too, and would cut off what it still hands over.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('disconnect', () => process.exit(0))

const waiting: FromHub[] = []
let hear: ((word: FromHub) => void) | null = null
process.on('message', (word: FromHub) => {
  if (word.type !== 'start') return void (hear ? hear(word) : waiting.push(word))
  run(word).then(
    (listener) => {
      hear = listener
      for (const early of waiting.splice(0)) listener(early)
    },
    (error: unknown) => {
      tellHub({ type: 'failed', reason: `The sandbox does not start: ${String(error)}` })
      process.exit(1)
    },
  )
})
