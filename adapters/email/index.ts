import type { Failure, Outbound, SendResult } from '../../src/model.ts'
import type { Adapter, AdapterContext, Channel, Receiver } from '../contract.ts'
import { normalizeAddress } from './address.ts'
import { compose } from './compose.ts'
import { capabilities, type EmailConfig, emailConfig, fields } from './config.ts'
import { failureOf } from './errors.ts'
import { AccountHealth } from './health.ts'
import { openIntake } from './intake.ts'
import { MailReader } from './mail-reader.ts'
import { imapReceiver } from './receive-imap.ts'
import { smtpReceiver } from './receive-smtp.ts'
import { replyTokens } from './reply-token.ts'
import { SmtpOut } from './smtp-out.ts'

/** Mail: in by IMAP or by SMTP, out by SMTP. */
export const email: Channel<EmailConfig> = {
  channel: 'email',
  label: { en: 'Email', zh: '电子邮件' },
  glyph: 'mail',
  config: emailConfig,
  fields,
  capabilities,
  addressSpace: 'email',
  normalize: normalizeAddress,
  create: (config, context) => openEmail(config, context),
}

function openEmail(config: EmailConfig, context: AdapterContext): Adapter {
  const tokens = replyTokens(context.secret, config.address)
  const health = new AccountHealth()
  const reader = new MailReader()
  const intake = openIntake(context, config, tokens, reader)
  const out = new SmtpOut(config)
  const way = { config, accountName: context.accountName, tokens, out, health }
  const receivers: Receiver[] = []
  if (config.imapHost !== '') receivers.push(imapReceiver(config, context, intake, health))
  if (config.smtpInPort !== undefined) receivers.push(smtpReceiver(config, config.smtpInPort, context, intake, health))

  return {
    capabilities,
    receivers,
    normalize: normalizeAddress,
    async start(sink) {
      health.listen((next) => sink.health(next))
    },
    send: (message, signal) => out.hold(send(message, signal, way)),
    async stop() {
      await out.close()
      await reader.close()
    },
  }
}

interface Sending {
  config: EmailConfig
  accountName: string
  tokens: ReturnType<typeof replyTokens>
  out: SmtpOut
  health: AccountHealth
}

async function send(message: Outbound, signal: AbortSignal, way: Sending): Promise<SendResult> {
  const refused = refusalOf(message, way.config)
  if (refused !== null) return { ok: false, failure: refused }
  const mail = await compose(message, way)
  const sent = await way.out.send(mail.envelope, mail.raw, signal)
  if (!sent.ok) {
    const failure = failureOf(sent.error, sent.phase)
    if (sent.error.code === 'EAUTH')
      way.health.report('smtp-out', 'misconfigured', `${failure.detail}. Correct it in the settings.`)
    return { ok: false, failure }
  }
  way.health.report('smtp-out', 'ok', `Mail goes out by ${way.config.smtpHost}.`)
  // Some servers give the mail a Message-ID of their own; replies then name that one.
  const renamed = sent.serverMessageId?.replace(/^<|>$/g, '')
  const ids =
    renamed && renamed !== mail.messageId ? [mail.messageId, renamed as typeof mail.messageId] : [mail.messageId]
  return { ok: true, ids: ids as [typeof mail.messageId, ...(typeof mail.messageId)[]] }
}

function refusalOf(message: Outbound, config: EmailConfig): Failure | null {
  if (config.smtpHost === '')
    return {
      class: 'permanent',
      code: 'no_smtp',
      detail: 'This account has no SMTP server to send by. Add one in its settings.',
    }
  if (normalizeAddress(message.to.address) === null)
    return { class: 'permanent', code: 'bad_address', detail: `${message.to.address} is not a mail address.` }
  return null
}
