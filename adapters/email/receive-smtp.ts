import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import type { AdapterContext, Receiver, Sink } from '../contract.ts'
import { domainOf, isOwnAddress, normalizeAddress } from './address.ts'
import { type EmailConfig, MAX_MAIL_BYTES } from './config.ts'
import type { AccountHealth } from './health.ts'
import type { Intake } from './intake.ts'

const MAX_CLIENTS = 200
const MAX_RECIPIENTS = 100
/** All mails being received at one time; what would pass it is asked to come again. */
const MAX_HELD_BYTES = 256 * 1024 * 1024
/** How long connections may finish what they are sending when the account stops. */
const CLOSE_MS = 1000

/** The SMTP way in: another server, or a local one, hands over mails. 250 means that the hub keeps it. */
export function smtpReceiver(
  config: EmailConfig,
  port: number,
  context: AdapterContext,
  intake: Intake,
  health: AccountHealth,
): Receiver {
  return {
    mode: 'stream',
    name: 'smtp',
    async run(_from, sink, signal) {
      health.listen((next) => sink.health(next))
      const server = openServer(config, context, intake, sink)
      try {
        const bound = await listening(server, port, config.smtpInHost)
        health.report('smtp-in', 'ok', `Listening for mail on ${config.smtpInHost}:${bound}.`)
        await ended(server, signal)
      } catch (error) {
        health.report('smtp-in', 'down', `Cannot listen on ${config.smtpInHost}:${port}: ${reasonOf(error)}`)
        throw error
      } finally {
        await closed(server)
      }
    },
  }
}

function openServer(config: EmailConfig, context: AdapterContext, intake: Intake, sink: Sink): SMTPServer {
  const held = { bytes: 0 }
  return new SMTPServer({
    banner: 'Onethread',
    size: MAX_MAIL_BYTES,
    rejectOversized: true,
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    maxClients: MAX_CLIENTS,
    maxRecipients: MAX_RECIPIENTS,
    closeTimeout: CLOSE_MS,
    onRcptTo: ({ address }, _session, done) =>
      done(takes(address, config) ? null : refusal(550, `5.1.1 No mailbox ${address} here`)),
    onData: (stream, session, done) => {
      receive(stream, session, held, context, intake, sink).then(
        () => done(null, 'Kept'),
        (error: SmtpRefusal) => done(error),
      )
    },
  })
}

/** Own address, its plus-addresses, and with the catch-all every address of the domain. */
export function takes(recipient: string, config: Pick<EmailConfig, 'address' | 'smtpInCatchAll'>): boolean {
  const address = normalizeAddress(recipient)
  if (address === null) return false
  return (
    isOwnAddress(address, config.address) || (config.smtpInCatchAll && domainOf(address) === domainOf(config.address))
  )
}

async function receive(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  held: { bytes: number },
  context: AdapterContext,
  intake: Intake,
  sink: Sink,
): Promise<void> {
  const raw = await bytesOf(stream, held)
  if (stream.sizeExceeded) throw refusal(552, `5.3.4 The mail is larger than ${MAX_MAIL_BYTES / 1024 / 1024} MB`)
  if (raw === null) throw refusal(451, '4.3.1 Too many large mails at once, please try again later')
  try {
    const arrival = {
      at: context.now(),
      envelopeFrom:
        session.envelope.mailFrom === false ? '' : (normalizeAddress(session.envelope.mailFrom.address) ?? ''),
      recipients: session.envelope.rcptTo.flatMap(({ address }) => normalizeAddress(address) ?? []),
    }
    for (const event of await intake(raw, arrival)) await sink.emit(event)
  } catch (error) {
    context.log.warn({ error: String(error) }, 'A mail could not be kept and was put back to its sender')
    throw refusal(451, '4.3.0 The mail cannot be kept now, please try again later')
  }
}

type SmtpRefusal = Error & { responseCode: number }

const refusal = (responseCode: number, text: string): SmtpRefusal => Object.assign(new Error(text), { responseCode })

/** Reads to the end also what is too much: the sender only hears our answer after its last byte. */
function bytesOf(stream: SMTPServerDataStream, held: { bytes: number }): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let own = 0
  let refused = false
  const release = () => {
    held.bytes -= own
    own = 0
  }
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      refused ||= stream.sizeExceeded || held.bytes + chunk.length > MAX_HELD_BYTES
      if (refused) {
        chunks.length = 0
        release()
        return
      }
      chunks.push(chunk)
      own += chunk.length
      held.bytes += chunk.length
    })
    stream.once('end', () => resolve(refused ? null : Buffer.concat(chunks)))
    stream.once('error', reject)
    // Also when the sender broke off in the middle.
    stream.once('close', release)
  })
}

function listening(server: SMTPServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const socket = server.listen(port, host, () => resolve((socket.address() as AddressInfo).port))
  })
}

/** Resolves when the account stops, rejects when the listener dies. Errors of single connections are theirs. */
function ended(server: SMTPServer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    server.removeAllListeners('error')
    server.on('error', () => {})
    server.server.once('error', reject)
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

const closed = (server: SMTPServer): Promise<void> => new Promise((resolve) => server.close(() => resolve()))

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'EADDRINUSE') return 'another program uses this port. Choose another one or stop that program.'
  if (code === 'EACCES') return 'this port needs administrator rights. Choose one above 1023.'
  return String((error as Error).message ?? error)
}
