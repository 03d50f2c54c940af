import { ImapFlow, type MailboxObject } from 'imapflow'
import type { AdapterContext, Receiver, Sink } from '../contract.ts'
import type { EmailConfig } from './config.ts'
import type { AccountHealth } from './health.ts'
import { type Bookmark, bookmarkOf, cursorOf } from './imap-bookmark.ts'
import { fetchMails } from './imap-fetch.ts'
import type { Intake } from './intake.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** On the very first connection, unread mails this old are still answered; older ones are history. */
const FIRST_LOOK_MS = 14 * DAY_MS
/** SINCE knows whole days of an unknown zone only. */
const RESCAN_MARGIN_MS = 2 * DAY_MS
/** Servers may drop an IDLE after 30 minutes (RFC 2177), routers earlier. */
const IDLE_MS = 4 * 60_000
/** A lost notification must not hold a mail back for longer. */
const LOOK_ANYWAY_MS = 5 * 60_000

/** The IMAP way in: stays connected, reads what is new, oldest first, and moves its bookmark with each kept mail. */
export function imapReceiver(
  config: EmailConfig,
  context: AdapterContext,
  intake: Intake,
  health: AccountHealth,
): Receiver {
  return {
    mode: 'stream',
    name: 'imap',
    async run(from, sink, signal) {
      health.listen((next) => sink.health(next))
      health.report('imap', 'connecting', `Connecting to ${config.imapHost}.`)
      const client = openClient(config)
      const onAbort = () => client.close()
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        await client.connect()
        const mailbox = await client.mailboxOpen(config.imapMailbox)
        health.report('imap', 'ok', `Connected to ${config.imapHost}, folder ${config.imapMailbox}.`)
        await follow(client, await startAt(client, mailbox, bookmarkOf(from), sink, context), {
          sink,
          signal,
          intake,
          context,
        })
      } catch (error) {
        if (signal.aborted) return
        if (isConfigError(error)) return await misconfigured(error, config, health, signal)
        health.report('imap', 'down', `No connection to ${config.imapHost}: ${(error as Error).message}. Trying again.`)
        throw error
      } finally {
        signal.removeEventListener('abort', onAbort)
        client.close()
      }
    },
  }
}

/** An instance lives for one connection; after it closed a new one is made. */
function openClient(config: EmailConfig): ImapFlow {
  const client = new ImapFlow({
    host: config.imapHost,
    port: config.imapPort,
    secure: config.imapSecure,
    ...(config.imapSecure || config.allowInsecure ? {} : { doSTARTTLS: true }),
    auth: { user: config.imapUser || config.address, pass: config.imapPassword },
    tls: { rejectUnauthorized: !config.allowInsecure },
    clientInfo: { name: 'Onethread' },
    maxIdleTime: IDLE_MS,
    disableAutoIdle: true,
    logger: false,
  })
  // The pending command rejects as well; without a listener the process would end.
  client.on('error', () => {})
  return client
}

interface ImapError {
  authenticationFailed?: boolean
  mailboxMissing?: boolean
  serverResponseCode?: string
}

/** A login refused for the moment (RFC 5530: server busy, mailbox in use, too many connections) is no wrong password. */
function isConfigError(error: unknown): boolean {
  const { authenticationFailed, mailboxMissing, serverResponseCode } = error as ImapError
  const passing = /^(UNAVAILABLE|INUSE|LIMIT|SERVERBUG|THROTTLED|OVERQUOTA)$/i.test(serverResponseCode ?? '')
  return (authenticationFailed === true && !passing) || mailboxMissing === true
}

/** Trying a wrong password again gets accounts locked: wait until somebody changes the settings. */
async function misconfigured(
  error: unknown,
  config: EmailConfig,
  health: AccountHealth,
  signal: AbortSignal,
): Promise<void> {
  const { authenticationFailed, responseText } = error as { authenticationFailed?: boolean; responseText?: string }
  const said = responseText ? ` It said: ${responseText}` : ''
  const detail = authenticationFailed
    ? `${config.imapHost} refused the user or the password. Correct them in the settings.${said}`
    : `${config.imapHost} has no folder ${config.imapMailbox} for this user. Correct it in the settings.${said}`
  health.report('imap', 'misconfigured', detail)
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

interface Position {
  bookmark: Bookmark
  /** Mails to read before those after the bookmark. */
  backlog: number[]
}

async function startAt(
  client: ImapFlow,
  mailbox: MailboxObject,
  known: Bookmark | null,
  sink: Sink,
  context: AdapterContext,
): Promise<Position> {
  const uidValidity = String(mailbox.uidValidity)
  if (known?.uidValidity === uidValidity) return { bookmark: known, backlog: [] }
  const now = context.now()
  // The mailbox was made anew: look at all since the newest mail we know. What comes again has the same name.
  const query = known
    ? { since: new Date(known.at - RESCAN_MARGIN_MS) }
    : { seen: false, since: new Date(now - FIRST_LOOK_MS) }
  if (known) context.log.warn({ mailbox: mailbox.path }, 'UIDVALIDITY changed; reading the last days again')
  const backlog = ((await client.search(query, { uid: true })) || []).toSorted((a, b) => a - b)
  const bookmark = { uidValidity, lastUid: Math.max(0, (backlog[0] ?? mailbox.uidNext) - 1), at: known?.at ?? now }
  if (backlog.length === 0) await sink.advance(cursorOf(bookmark))
  return { bookmark, backlog }
}

interface Following {
  sink: Sink
  signal: AbortSignal
  intake: Intake
  context: AdapterContext
}

async function follow(client: ImapFlow, position: Position, following: Following): Promise<void> {
  const bell = doorbell(client)
  let { bookmark } = position
  try {
    if (position.backlog.length > 0) bookmark = await readAll(client, position.backlog, bookmark, following)
    while (client.usable && !following.signal.aborted) {
      bell.rung = false
      // `n:*` names the last mail even when its UID is below n.
      const { lastUid } = bookmark
      const fresh = ((await client.search({ uid: `${lastUid + 1}:*` }, { uid: true })) || []).filter(
        (uid) => uid > lastUid,
      )
      if (fresh.length > 0)
        bookmark = await readAll(
          client,
          fresh.toSorted((a, b) => a - b),
          bookmark,
          following,
        )
      else await bell.wait(LOOK_ANYWAY_MS)
    }
  } finally {
    bell.remove()
  }
  if (!following.signal.aborted) throw new Error('the server closed the connection')
}

async function readAll(
  client: ImapFlow,
  uids: number[],
  from: Bookmark,
  { sink, intake }: Following,
): Promise<Bookmark> {
  let bookmark = from
  for await (const mail of fetchMails(client, uids)) {
    const next = { ...bookmark, lastUid: Math.max(mail.uid, bookmark.lastUid), at: Math.max(mail.at, bookmark.at) }
    const events = mail.raw
      ? await intake(mail.raw, { at: mail.at, envelopeFrom: null, recipients: [] }, mail.missing)
      : []
    for (const [index, event] of events.entries()) {
      // Only the last event of a mail may move the bookmark past it.
      await (index === events.length - 1 ? sink.emit(event, cursorOf(next)) : sink.emit(event))
    }
    if (events.length === 0) await sink.advance(cursorOf(next))
    bookmark = next
  }
  return bookmark
}

/** Rings when the server announces something, or the connection ends. */
function doorbell(client: ImapFlow) {
  let wake = () => {}
  const bell = {
    rung: false,
    wait: (longestMs: number) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, longestMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
        if (bell.rung || !client.usable) return wake()
        // Ends by itself with the next command; a failure closes the connection, which rings.
        client.idle().catch(() => {})
      }),
    remove: () => {
      wake()
      client.off('exists', ring)
      client.off('close', ring)
    },
  }
  const ring = () => {
    bell.rung = true
    wake()
  }
  client.on('exists', ring)
  client.on('close', ring)
  return bell
}
