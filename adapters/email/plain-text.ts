import sanitizeHtml from 'sanitize-html'

const BLOCKS = [
  'p',
  'div',
  'tr',
  'li',
  'ul',
  'ol',
  'table',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'pre',
  'blockquote',
  'hr',
]

/** Where a block begins or ends: what follows stands on a line of its own, once. A private character no mail shows. */
const EDGE = '\ue000'

/** What an HTML mail says, in plain words: one block per line, quoted blocks marked by `> ` as mail programs do. */
export function htmlToText(html: string): string {
  const clean = sanitizeHtml(html, {
    allowedTags: [...BLOCKS, 'br', 'td', 'th'],
    allowedAttributes: {},
    nonTextTags: ['script', 'style', 'textarea', 'option', 'noscript', 'title', 'head'],
    // Deeper nesting than any mail has, and than a recursive reader bears.
    nestingLimit: 500,
  })
  const marked = clean
    .replace(/\s+/g, ' ')
    .replace(/<blockquote>/g, `${EDGE}\ue001${EDGE}`)
    .replace(/<\/blockquote>/g, `${EDGE}\ue002${EDGE}`)
    .replace(/ ?<br ?\/?> ?/g, '\n')
    .replace(/<li>/g, `${EDGE}- `)
    .replace(/<\/(td|th)> ?(?=<t[dh]>)/g, '\t')
    .replace(/<hr ?\/?>/g, `${EDGE}----${EDGE}`)
    .replace(/<\/(p|h[1-6]|table|ul|ol|pre)>/g, '\n\n')
    .replace(/<[^>]*>/g, (tag) => (/^<\/?(td|th)/.test(tag) ? '' : EDGE))
    .replace(/ *(?:\ue000 *)+/g, EDGE)
    // A line break at the end of a block ends the same line; alone in a block it is an empty one.
    .replace(/\ue000\n\ue000/g, '\n\n')
    .replace(/\n\ue000/g, '\n')
    .replace(/\ue000/g, '\n')
  return quoteLevels(unescapeHtml(marked))
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

function quoteLevels(text: string): string {
  let level = 0
  const lines: string[] = []
  for (const line of text.split('\n')) {
    if (line === '\ue001') level++
    else if (line === '\ue002') level = Math.max(0, level - 1)
    else if (line.trim() !== '' || lines.at(-1)?.replace(/[> ]/g, '') !== '')
      lines.push('> '.repeat(level) + line.trim())
  }
  return lines.join('\n')
}

/** The sanitiser has decoded all other entities already. */
const unescapeHtml = (text: string): string =>
  text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/\u00a0/g, ' ')
    .replace(/&amp;/g, '&')

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
