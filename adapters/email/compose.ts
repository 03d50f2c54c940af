import MailComposer from 'nodemailer/lib/mail-composer'
import type { Outbound, RemoteId } from '../../src/model.ts'
import type { EmailConfig } from './config.ts'
import { messageIds } from './parse.ts'
import { escapeHtml } from './plain-text.ts'
import type { ReplyTokens } from './reply-token.ts'

/** Marks every mail of a hub, so that two of them never answer each other by machine. */
export const SEND_HEADER = 'X-Onethread'

export interface ComposedMail {
  envelope: { from: string; to: string }
  /** Without brackets: the remote id of the send. */
  messageId: RemoteId
  raw: Buffer
}

/** One send as the mail that goes over the wire. The same send is always the same mail. */
export async function compose(
  message: Outbound,
  account: { config: EmailConfig; accountName: string; tokens: ReplyTokens },
): Promise<ComposedMail> {
  const { config, tokens } = account
  const messageId = tokens.messageId(message.sendKey) as RemoteId
  const answerTo = config.replyTokens ? tokens.address(message.sendKey) : null
  const senderName = oneLine([message.fromName, config.fromName || account.accountName].filter(Boolean).join(' · '))
  const parents = parentsOf(message)
  const mail = new MailComposer({
    from: { name: senderName, address: config.address },
    to: { name: oneLine(message.to.displayName ?? ''), address: message.to.address },
    ...(answerTo === null ? {} : { replyTo: { name: senderName, address: answerTo } }),
    messageId: `<${messageId}>`,
    ...(message.replyTo && parents.length > 0 ? { inReplyTo: `<${parents.at(-1)}>` } : {}),
    ...(parents.length > 0 ? { references: parents.map((id) => `<${id}>`).join(' ') } : {}),
    subject: oneLine(message.subject ?? '') || oneLine(config.fromName || account.accountName),
    date: new Date(message.at),
    text: message.text,
    html: message.html ?? simpleHtml(message.text),
    attachments: await attachmentsOf(message),
    headers: {
      [SEND_HEADER]: '1',
      ...(message.automatic ? { 'Auto-Submitted': message.replyTo ? 'auto-replied' : 'auto-generated' } : {}),
    },
    // A path or URL in a message must never make us read it.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    envelope: { from: answerTo ?? config.address, to: message.to.address },
    messageId,
    raw: await mail.compile().build(),
  }
}

const attachmentsOf = (message: Outbound) =>
  Promise.all(
    message.media.map(async (file) => ({
      filename: oneLine(file.name),
      contentType: oneLine(file.mimeType),
      content: Buffer.from(await file.open()),
    })),
  )

/** The whole chain, oldest first, ending with what we answer. Names that are no Message-IDs stay inside the hub. */
function parentsOf(message: Outbound): string[] {
  const chain = [
    ...message.references.filter((id) => id !== message.replyTo),
    ...(message.replyTo ? [message.replyTo] : []),
  ]
  return [...new Set(chain.filter((id) => id.includes('@')).flatMap((id) => messageIds(`<${id}>`)))]
}

/** A line break in a header value would begin a header of its own. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()

/** Plain words as HTML: mail programs wrap it to the screen where they would break plain text at 78 columns. */
function simpleHtml(text: string): string {
  const paragraphs = text.trim().split(/\n{2,}/)
  return paragraphs.map((words) => `<p>${escapeHtml(words).replace(/\n/g, '<br>\n')}</p>`).join('\n')
}
