import { readFile } from 'node:fs/promises'
import { parse } from 'valibot'
import { type EmailConfig, emailConfig } from '../../../adapters/email/config.ts'
import { eventsOf } from '../../../adapters/email/inbound.ts'
import { parseMail } from '../../../adapters/email/parse.ts'
import { type ReplyTokens, replyTokens } from '../../../adapters/email/reply-token.ts'
import type { AccountId, InboundEvent, InboundMessage, SendKey } from '../../../src/model.ts'

export const OWN = 'support@shop.example'
export const SEND = 'Ab3_-xYz01Ab3_-xYz01Ab34' as SendKey
export const ARRIVED = Date.UTC(2024, 0, 15, 2, 20, 31)

export const tokens: ReplyTokens = replyTokens(Buffer.alloc(32, 7), OWN)

export const accountConfig = (over: Partial<EmailConfig> = {}): EmailConfig =>
  parse(emailConfig, { address: OWN, smtpInPort: 0, ...over })

/** A mail from the fixtures folder; `<@@ID@@>` stands for our send's Message-ID, `@@RETURN@@` for its return path. */
export async function fixtureMail(name: string): Promise<Buffer> {
  const raw = await readFile(new URL(`../../fixtures/email/${name}.eml`, import.meta.url), 'latin1')
  return Buffer.from(
    raw.replaceAll('@@ID@@', tokens.messageId(SEND)).replaceAll('@@RETURN@@', tokens.address(SEND) ?? OWN),
    'latin1',
  )
}

export const parsed = async (name: string) => parseMail(await fixtureMail(name))

export async function events(
  mail: string | Buffer,
  over: Partial<EmailConfig> = {},
  envelopeFrom: string | null = null,
): Promise<InboundEvent[]> {
  const raw = typeof mail === 'string' ? await fixtureMail(mail) : mail
  const to = { account: 'account' as AccountId, config: accountConfig(over), tokens }
  return eventsOf(await parseMail(raw), [], { at: ARRIVED, envelopeFrom, recipients: [OWN] }, to)
}

export async function message(mail: string | Buffer, over: Partial<EmailConfig> = {}): Promise<InboundMessage> {
  const [event] = await events(mail, over)
  if (event?.kind !== 'message') throw new Error(`Not a message: ${JSON.stringify(event)}`)
  return event
}

/** A small mail with the headers given and a plain body. */
export function letter(headers: Record<string, string>, body = 'Hello.\r\n'): Buffer {
  const all = {
    From: 'Ann Lee <ann@customer.example>',
    To: OWN,
    Subject: 'Hi',
    'Message-ID': '<l1@customer.example>',
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${lines.join('')}\r\n${body}`)
}
