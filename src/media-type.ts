/** How much of a file's beginning is looked at: enough for the archive formats (docx, xlsx), which name themselves late. */
export const SNIFF_BYTES = 65_536

const UNKNOWN = 'application/octet-stream'

/** Formats that only wrap others: the declared type says more, unless it is one that browsers show by itself. */
const CONTAINERS = new Set(['application/zip', 'application/x-cfb', 'application/gzip', 'application/xml', 'text/xml'])

/** Text in which a browser would run scripts. Sniffers by magic number do not know these two. */
const MARKUP = new Set(['text/html', 'application/xhtml+xml', 'image/svg+xml'])

const TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,127}$/

/** `Image/PNG; name=x` → `image/png`; nonsense → the type of unknown bytes. */
export function bareType(declared: string): string {
  const bare = (declared.split(';')[0] ?? '').trim().toLowerCase()
  return TYPE.test(bare) ? bare : UNKNOWN
}

const isShownByBrowsers = (type: string): boolean => /^(image|audio|video)\//.test(type) || type === 'application/pdf'

const decoder = new TextDecoder('utf-8', { fatal: false })

/** HTML or SVG by its first tag, as a browser that guesses would see it; null for anything else. */
function markupOf(head: Uint8Array): 'text/html' | 'image/svg+xml' | null {
  if (head.subarray(0, 1024).includes(0)) return null
  const text = decoder
    .decode(head.subarray(0, 8192))
    .replace(/^\uFEFF/, '')
    .replace(/^(\s|<\?[^>]*\?>|<!--[\s\S]*?-->)+/, '')
  if (/^<!doctype\s+svg|^<(\w+:)?svg[\s>/]/i.test(text)) return 'image/svg+xml'
  return /^<(!doctype\s+html|html|head|body|script|iframe|title|style|meta|img|a|p|div|table|h1)[\s>/]/i.test(text)
    ? 'text/html'
    : null
}

/**
 * The type under which a file is kept: what its bytes are, where they say so. A declared type is believed only for
 * formats that cannot be recognised, so that markup named `picture.png` is never shown as a picture.
 */
export async function typeOf(head: Uint8Array, declared: string): Promise<string> {
  // Loaded with the first file: a hub at rest does without its 10 MB.
  const { fileTypeFromBuffer, supportedMimeTypes } = await import('file-type')
  const claimed = bareType(declared)
  const found = bareType((await fileTypeFromBuffer(head).catch(() => undefined))?.mime ?? '')
  if (found !== UNKNOWN && !CONTAINERS.has(found)) return found
  const markup = markupOf(head)
  if (markup !== null && !claimed.startsWith('text/') && !MARKUP.has(claimed)) return markup
  if (MARKUP.has(claimed)) return claimed
  if (found !== UNKNOWN) return isShownByBrowsers(claimed) ? found : claimed
  return isShownByBrowsers(claimed) && supportedMimeTypes.has(claimed) ? UNKNOWN : claimed
}
