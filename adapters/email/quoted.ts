/**
 * Where the quoted history of a mail begins, as an offset into its text; undefined when there is none to fold. Nothing
 * is cut: readers fold what follows. The answer is careful: text the sender wrote below a quotation (inline and bottom
 * posting) is never folded, and a forwarded mail is content, not history.
 */
export function quotedFrom(text: string): number | undefined {
  const lines = linesOf(text)
  for (let at = 0; at < lines.length; at++) {
    const mark = markAt(lines, at)
    if (mark === null) continue
    if (mark.kind === 'forward') return undefined
    if (mark.kind === 'rest' || onlyQuoteFollows(lines, mark.end)) return startOf(text, lines[at])
    while (/^$|^>/.test(lines[at + 1]?.text ?? 'end')) at++
  }
  return undefined
}

/** No program's mark is longer; patterns must not be tried on what somebody made long to stop us. */
const LONGEST_MARK = 400

interface Line {
  text: string
  offset: number
}

/** `rest`: all that follows is history. `quote`: history while lines are quoted; own words may follow. */
type Mark = { kind: 'rest' | 'quote' | 'forward'; end: number }

function linesOf(text: string): Line[] {
  let offset = 0
  return text.split('\n').map((line) => {
    const found = { text: line.slice(0, LONGEST_MARK).trim(), offset }
    offset += line.length + 1
    return found
  })
}

/** A mail that is nothing but quotation shows as it is: folding it all would show an empty message. */
const startOf = (text: string, line: Line | undefined): number | undefined =>
  line && text.slice(0, line.offset).trim() !== '' ? line.offset : undefined

function markAt(lines: Line[], at: number): Mark | null {
  const line = lines[at]?.text ?? ''
  if (line === '') return null
  if (FORWARD.test(line)) return { kind: 'forward', end: at }
  if (SEPARATOR.test(line)) return { kind: 'rest', end: at + 1 }
  if (headerBlockAt(lines, /^[_\-=─—]{10,}$/.test(line) ? at + 1 : at)) return { kind: 'rest', end: at + 1 }
  if (line.startsWith('>')) return { kind: 'quote', end: at }
  return attributionAt(lines, at)
}

/** `On … wrote:` may be wrapped over up to four lines; what follows is quoted by `>`, or all of the rest. */
function attributionAt(lines: Line[], at: number): Mark | null {
  const end = attributionEnd(lines, at)
  if (end === null) return null
  const next = lines.slice(end + 1).find((one) => one.text !== '')?.text ?? ''
  return { kind: next.startsWith('>') ? 'quote' : 'rest', end: end + 1 }
}

/** The last line of an attribution that begins at `at`. The shortest form counts: lines above it are the sender's own. */
function attributionEnd(lines: Line[], at: number): number | null {
  for (let end = at; end < Math.min(lines.length, at + 4); end++) {
    const line = lines[end]?.text ?? ''
    if (line === '' || line.startsWith('>')) return null
    if (!/[:：]$/.test(line)) continue
    for (let start = end; start >= at; start--) {
      const joined = lines
        .slice(start, end + 1)
        .map((one) => one.text)
        .join(' ')
      if (joined.length < 500 && ATTRIBUTIONS.some((pattern) => pattern.test(joined))) return start === at ? end : null
    }
  }
  return null
}

/** From here on only quoted lines, then at most a signature or a line programs add. */
function onlyQuoteFollows(lines: Line[], from: number): boolean {
  for (let at = from; at < lines.length; at++) {
    const line = lines[at]?.text ?? ''
    if (line === '' || line.startsWith('>')) continue
    if (/^--$|^(sent from my|von meinem|envoyé de mon|enviado desde mi|发自我的|來自我的|從我的)/i.test(line))
      return true
    const mark = markAt(lines, at)
    if (mark?.kind === 'rest') return true
    if (mark?.kind !== 'quote') return false
    at = mark.end - 1
  }
  return true
}

// —— the forms ——

/** Three header lines in a row, by the words Outlook, Foxmail and others use: From, Sent or Date, To, Subject. */
function headerBlockAt(lines: Line[], at: number): boolean {
  if (!FROM_WORD.test(lines[at]?.text ?? '')) return false
  const others = lines.slice(at + 1, at + 9).filter((line) => OTHER_WORD.test(line.text))
  return others.length >= 2
}

const headerWord = (words: string) => new RegExp(`^[*>\\s]*(?:${words})\\s*[*]?\\s*[:：]\\s*[*]?`, 'i')

const FROM_WORD = headerWord(
  'from|von|de|da|van|från|fra|od|от|发件人|寄件者|寄件人|差出人|送信者|보낸 사람|보낸사람|gönderen|lähettäjä|από|จาก|من|מאת',
)
const OTHER_WORD = headerWord(
  'sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|date|à|objet|enviado(?: el)?|enviada(?: em)?|fecha|data|para|asunto|assunto|' +
    'inviato|a|oggetto|verzonden|aan|onderwerp|skickat|till|ämne|sendt|til|emne|wysłano|do|temat|отправлено|дата|кому|тема|' +
    '发送时间|发送日期|日期|时间|收件人|抄送|主题|寄件日期|傳送時間|收件者|副本|主旨|送信日時|日時|宛先|件名|보낸 날짜|날짜|받는 사람|받는사람|참조|제목|gönderildi|kime|konu|gửi|תאריך|אל|נושא',
)

/** Lines drawn between an answer and what it answers. */
const SEPARATOR = new RegExp(
  `^[-_=*\\s]{2,}\\s*(?:original message|original|original appointment|ursprüngliche nachricht|originalnachricht|message d'origine|message original|mensaje original|` +
    'mensagem original|messaggio originale|messaggio originario|oorspronkelijk bericht|originalmeddelande|oprindelig meddelelse|oryginalna wiadomość|wiadomość oryginalna|исходное сообщение|пересылаемое сообщение|' +
    'replied message|reply message|reply to message|原始邮件|原始信件|原邮件|原件|回复的原邮件|回复邮件|回覆的原郵件|原始郵件|原始訊息|元のメッセージ|オリジナルメッセージ|원본 메일|원본 메시지|orijinal ileti|orijinal mesaj)' +
    '\\s*[-_=*\\s]{2,}$',
  'i',
)

/** Somebody else's mail sent on: that is what the sender wants to be read. */
const FORWARD =
  /^[-_*\s]{2,}\s*(?:forwarded (?:message|by.*)|weitergeleitete nachricht|message (?:transféré|transmis)|mensaje reenviado|mensagem encaminhada|messaggio inoltrato|doorgestuurd bericht|转发的?(?:邮件|信息)|轉寄郵件|轉寄的郵件|転送メッセージ|전달된 메시지)\s*[-_*\s]{2,}$|^begin forwarded message:$|^anfang der weitergeleiteten nachricht:$|^下面是被转发的邮件[：:]$/i

const MAIL = `[^\\s<>]+@[^\\s<>]+`
/** A date or a time must be in the line, so that an ordinary sentence ending in "wrote:" is no mark. */
const WHEN = `(?=.*\\d{1,4}[-./年년:：h\\s月])`

const ATTRIBUTIONS = [
  // English: Gmail, Apple Mail, Thunderbird, and 163's "At …".
  `^${WHEN}(?:on|at)\\s.{6,200}\\bwrote\\s*:$`,
  `^${WHEN}.{0,120}<${MAIL}>\\s.{0,40}wrote\\s*:$`,
  // German, French, Spanish, Portuguese, Italian, Dutch.
  `^${WHEN}(?:am\\s.{6,200}\\bschrieb(?:\\s.{1,120})?|.{4,120}\\bschrieb am\\s.{6,120})\\s*:$`,
  `^${WHEN}le\\s.{6,200}\\ba écrit\\s*:$`,
  `^${WHEN}(?:el\\s.{6,200}\\bescribió)\\s*:$`,
  `^${WHEN}(?:em|a|no dia)\\s.{6,200}\\b(?:escreveu|escreveu o seguinte)\\s*:$`,
  `^${WHEN}(?:il(?:\\s+giorno)?|in data)\\s.{6,200}\\b(?:ha scritto)\\s*:$`,
  `^${WHEN}(?:op\\s.{6,200}\\bschreef(?:\\s.{1,120})?)\\s*:$`,
  // Nordic, Polish, Czech, Russian, Ukrainian, Turkish, Vietnamese, Indonesian.
  `^${WHEN}(?:den|on|tors|fre|lör|sön|mån|tis|ons)\\b.{6,200}\\b(?:skrev)(?:\\s.{1,120})?\\s*:$`,
  `^${WHEN}.{6,200}\\s(?:kirjoitti|napisał(?:\\(a\\))?|napsal(?:\\(a\\))?|yazdı|đã viết|menulis)\\s*:$`,
  `^${WHEN}.{6,200}(?:пишет|писал(?:\\(а\\)|а)?|написал(?:\\(а\\)|а)?|пише)\\s*:$`,
  // Gmail in languages that name no verb.
  `^(?=.*\\d{1,2}[:.]\\d{2}).{4,200}<${MAIL}>\\s*:$`,
  // Chinese: Apple Mail and 163 (在 … 写道), Gmail (… 于 … 写道), and both in traditional characters.
  `^${WHEN}.{0,200}(?:在|于|於).{4,200}(?:写道|寫道|写到)\\s*[：:]$`,
  `^${WHEN}.{4,200}(?:写道|寫道)\\s*[：:]$`,
  // Japanese and Korean: Gmail has only the date and the address.
  `^${WHEN}\\d{4}年\\d{1,2}月\\d{1,2}日.{0,120}<?${MAIL}>?(?:\\s*(?:のメール|さんは書きました|は書きました))?\\s*[：:]$`,
  `^${WHEN}.{4,200}(?:님이 작성|님이 썼습니다|작성)\\s*[：:]$`,
  `^${WHEN}.{4,200}(?:さんは書きました|が書きました|のメッセージ)\\s*[：:]$`,
  // Arabic and Hebrew Gmail.
  `^${WHEN}.{4,200}(?:كتب|כתב(?:/ה)?|‏<${MAIL}>).{0,120}:$`,
].map((source) => new RegExp(source, 'iu'))
