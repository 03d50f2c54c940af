import { randomUUID } from 'node:crypto'
import MailComposer from 'nodemailer/lib/mail-composer'

/** Nobody lives here: the server finds that out only after it took the mail, as many do. */
export const bounces = (address: string): boolean => address.startsWith('gone@')

/** What a mail server sends back then. (RFC 3464) */
export function bounceOf(raw: Buffer, recipient: string, to: string): Promise<Buffer> {
  const host = recipient.split('@')[1] ?? 'customer.example'
  const status = [
    `Reporting-MTA: dns; mx.${host}`,
    '',
    `Final-Recipient: rfc822; ${recipient}`,
    'Action: failed',
    'Status: 5.1.1',
    `Diagnostic-Code: smtp; 550 5.1.1 <${recipient}>: no such user here`,
    '',
  ].join('\r\n')
  const boundary = randomUUID()
  const head = raw.subarray(0, raw.indexOf('\r\n\r\n') + 2).toString('latin1')
  const part = (type: string, content: string) => `--${boundary}\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`
  const body = [
    part('text/plain; charset=us-ascii', `Your mail to ${recipient} could not be delivered.`),
    part('message/delivery-status', status),
    part('text/rfc822-headers', head),
    `--${boundary}--\r\n`,
  ].join('')
  const headers = [
    'Return-Path: <>',
    `From: Mail Delivery System <mailer-daemon@mx.${host}>`,
    `To: ${to}`,
    'Subject: Undelivered Mail Returned to Sender',
    `Message-ID: <${randomUUID()}@mx.${host}>`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
  ]
  return new MailComposer({ raw: `${headers.join('\r\n')}\r\n\r\n${body}` }).compile().build()
}
