const QUOTED = 'Dear Noah,\n\ncongratulations! Which teas would you like, and for how many guests?\n\nMia'

const ROWS = [
  ['Silver needle', '40 bags', '€ 3.20'],
  ['Phoenix oolong', '60 bags', '€ 2.80'],
  ['Wild-tree black', '60 bags', '€ 2.40'],
]

const cells = (row: string[], tag: 'td' | 'th') =>
  row.map((cell) => `<${tag} style="padding:6px 14px 6px 0;text-align:left">${cell}</${tag}>`).join('')

/** An answer as mail programs write it: a table, a list, and the whole history below. */
export const NEWSLETTER_REPLY = {
  subject: 'Re: Tea for our wedding',
  text: `Dear Mia,\n\n160 guests. We thought of:\n\n${ROWS.map((row) => row.join(', ')).join('\n')}\n\nNoah\n\nOn Saturday, Fern & Kettle wrote:\n> ${QUOTED.replaceAll('\n', '\n> ')}`,
  html: `<p>Dear Mia,</p><p>thank you! We will be <b>160 guests</b>, and thought of these:</p>
<table style="border-collapse:collapse"><tr>${cells(['Tea', 'How many', 'Each'], 'th')}</tr>${ROWS.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('')}</table>
<p>Could you</p><ul><li>pack them in small boxes with our names,</li><li>and deliver on the Friday before?</li></ul><p>Noah</p>
<div class="gmail_quote"><div>On Saturday, Fern &amp; Kettle wrote:</div><blockquote style="margin:0 0 0 8px;padding-left:8px;border-left:2px solid #ccc">${QUOTED.replaceAll('\n', '<br>')}</blockquote></div>`,
}
