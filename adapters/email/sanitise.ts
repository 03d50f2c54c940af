import sanitizeHtml from 'sanitize-html'

/**
 * HTML of a stranger made harmless. It is shown in a sandboxed frame besides; this is the first of the two walls.
 * Pictures inside the mail stay `cid:`; remote ones wait in `data-remote-src` until the reader asks for them, because
 * loading one tells the sender that and where the mail was read.
 */
export function sanitiseHtml(html: string): string {
  return sanitizeHtml(html, options).trim()
}

const color = [/^#[0-9a-f]{3,8}$/i, /^rgba?\([\d\s,.%]+\)$/i, /^[a-z]{3,24}$/i]
const length = [/^-?\d{1,4}(\.\d{1,3})?(px|pt|em|rem|ex|%)?$/i]
const lengths = [/^(\d{1,3}(\.\d{1,3})?(px|pt|em|rem|%)?\s*){1,4}$/i, /^auto$/i]
const border = [/^[\d.a-z\s#(),%]{1,60}$/i]

/** Only what changes the look inside the text's own box: nothing that loads, floats over or leaves the frame. */
const allowedStyles = {
  '*': {
    color,
    'background-color': color,
    'text-align': [/^(left|right|center|justify|start|end)$/],
    'text-decoration': [/^(none|underline|line-through)$/],
    'font-weight': [/^(normal|bold|bolder|lighter|[1-9]00)$/],
    'font-style': [/^(normal|italic|oblique)$/],
    'font-size': [/^\d{1,2}(\.\d{1,2})?(px|pt|em|rem|%)$/, /^(x-small|small|medium|large|x-large)$/],
    'font-family': [/^[\p{L}\p{N}\s,'"-]{1,200}$/u],
    'line-height': length,
    'vertical-align': [/^(top|middle|bottom|baseline)$/],
    'white-space': [/^(normal|pre|pre-wrap|nowrap)$/],
    padding: lengths,
    margin: lengths,
    border,
    'border-top': border,
    'border-bottom': border,
    'border-left': border,
    'border-right': border,
    'border-collapse': [/^(collapse|separate)$/],
    width: [/^\d{1,4}(px|pt|em|%)$/, /^auto$/],
    'max-width': [/^\d{1,4}(px|pt|em|%)$/],
    height: [/^\d{1,4}(px|pt|em|%)$/, /^auto$/],
  },
}

const TEXT_TAGS =
  'a abbr address article b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em ' +
  'figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q rp rt ruby s samp ' +
  'section small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var wbr'

const options: sanitizeHtml.IOptions = {
  allowedTags: TEXT_TAGS.split(' '),
  allowedAttributes: {
    '*': ['style', 'dir', 'lang', 'title', 'align', 'valign', 'bgcolor'],
    a: ['href', 'target', 'rel'],
    img: ['src', 'data-remote-src', 'alt', 'width', 'height'],
    font: ['color', 'size', 'face'],
    table: ['width', 'border', 'cellpadding', 'cellspacing'],
    td: ['colspan', 'rowspan', 'width', 'height'],
    th: ['colspan', 'rowspan', 'width', 'height'],
    ol: ['start', 'type'],
    blockquote: ['type'],
  },
  allowedStyles,
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  allowedSchemesByTag: { img: ['cid'] },
  allowProtocolRelative: false,
  nonTextTags: ['script', 'style', 'textarea', 'option', 'noscript', 'title', 'head', 'template', 'svg', 'math', 'xmp'],
  nestingLimit: 500,
  transformTags: {
    a: (tagName, attribs) => ({ tagName, attribs: linkAttributes(attribs) }),
    img: (tagName, attribs) => ({ tagName, attribs: imageAttributes(attribs) }),
  },
  exclusiveFilter: (frame) => frame.tag === 'img' && !frame.attribs.src && !frame.attribs['data-remote-src'],
}

/** Links lead out, in a tab of their own, and do not tell where from. A relative one would lead into the hub. */
function linkAttributes({ href = '', ...rest }: sanitizeHtml.Attributes): sanitizeHtml.Attributes {
  const outside = /^(https?:\/\/|mailto:|tel:)/i.test(href.trim())
  return { ...rest, ...(outside ? { href } : {}), target: '_blank', rel: 'noopener noreferrer nofollow' }
}

function imageAttributes(attribs: sanitizeHtml.Attributes): sanitizeHtml.Attributes {
  const { src = '', 'data-remote-src': _forged, srcset: _srcset, ...rest } = attribs
  const clean = src.replace(/[\s\p{Cc}]/gu, '')
  if (/^cid:/i.test(clean)) return { ...rest, src: `cid:${clean.slice(4)}` }
  if (/^https?:\/\//i.test(clean)) return { ...rest, 'data-remote-src': clean }
  return rest
}
