import type { RemoteId, SendKey } from '../../src/model.ts'
import type { ParsedMail } from './parse.ts'
import type { ReplyTokens } from './reply-token.ts'

/**
 * Which of our sends, or which earlier mail, this one answers. Our signed marks come first, then In-Reply-To, then
 * References from the end (RFC 5322, 3.6.4: the nearest parent is last). Never the subject.
 */
export function threadOf(
  mail: ParsedMail,
  recipients: string[],
  tokens: ReplyTokens,
): { inReplyToSend?: SendKey; replyTo?: RemoteId[] } {
  const parents = [...new Set([...mail.inReplyTo, ...mail.references.toReversed()])]
  const addressed = [...recipients, ...mail.to.map((one) => one.address), ...mail.cc.map((one) => one.address)]
  const send =
    addressed.map((address) => tokens.fromAddress(address)).find((key) => key !== null) ??
    parents.map((id) => tokens.fromMessageId(id)).find((key) => key !== null)
  return {
    ...(send ? { inReplyToSend: send } : {}),
    ...(parents.length > 0 ? { replyTo: parents.slice(0, MAX_PARENTS) as RemoteId[] } : {}),
  }
}

/** Chains longer than this are loops or years old; the nearest ones decide anyway. */
const MAX_PARENTS = 100

/** The mail's name within the account: its Message-ID, or what its content hashes to. */
export const remoteIdOf = (mail: ParsedMail): RemoteId => (mail.messageId ?? `sha256:${mail.contentHash}`) as RemoteId
