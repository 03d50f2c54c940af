import type { ParsedMail } from './parse.ts'

/**
 * True when a machine wrote the mail, so that answering it by machine could go round in circles. RFC 3834 section 2,
 * and the headers that programs used before and beside it. The mail is stored like any other.
 */
export function isAutomatic(mail: ParsedMail, envelopeFrom: string | null): boolean {
  const header = (name: string) => mail.headers[name]?.[0]?.toLowerCase().trim() ?? ''
  const has = (name: string) => mail.headers[name] !== undefined
  const submitted = header('auto-submitted')
    .replace(/[;(].*$/, '')
    .trim()
  if (submitted !== '' && submitted !== 'no') return true
  if (envelopeFrom === '' || header('return-path').replace(/\s/g, '') === '<>') return true
  if (/^(bulk|list|junk|auto[-_]?reply)$/.test(header('precedence'))) return true
  if (has('x-auto-response-suppress') && header('x-auto-response-suppress') !== 'none') return true
  if (has('list-id') || has('list-unsubscribe') || has('list-post') || has('list-help')) return true
  if (has('x-autoreply') || has('x-autorespond') || has('x-autoresponder') || has('x-auto-reply')) return true
  if (header('x-autoreply-from') !== '' || header('x-mail-autoreply') !== '') return true
  if (/^multipart\/report|^message\/(delivery-status|disposition-notification)/.test(header('content-type')))
    return true
  if (/^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|noreply.*|bounce.*)@/.test(mail.from?.address ?? ''))
    return true
  return AUTO_SUBJECT.test(mail.subject)
}

/** How mail programs head an out-of-office note when they set no header at all. */
const AUTO_SUBJECT =
  /^(auto(matic|mated)?[ -]?(reply|response|antwort)|out of (the )?office|abwesenheits|automatische antwort|réponse automatique|respuesta automática|risposta automatica|resposta automática|automatisch antwoord|автоответ|自动回复|自動回覆|自动答复|外出|休假|自動応答|不在通知|부재중|자동 회신)/i
