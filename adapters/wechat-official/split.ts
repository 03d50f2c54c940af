/** WeChat takes 2048 bytes of text in one customer service message. */
export const TEXT_MAX_BYTES = 2048

/** A cut at a line or a space may cost at most this share of a part. */
const SHORTEST_SHARE = 0.6

const encoder = new TextEncoder()
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/**
 * Cuts a text into parts of at most `maxBytes` bytes of UTF-8, in order, never inside a character as people see
 * it; at the last line end or space of a part where there is one. The parts joined are the text, but for the white
 * space at the cuts.
 */
export function splitText(text: string, maxBytes = TEXT_MAX_BYTES): string[] {
  const parts: string[] = []
  let rest = text
  while (encoder.encode(rest).length > maxBytes) {
    const room = fitting(rest, maxBytes)
    const end = niceEnd(rest, room)
    parts.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  if (rest !== '') parts.push(rest)
  return parts.filter((part) => part !== '')
}

/** How many UTF-16 units fit. A single character too long for a part is cut between code points. */
function fitting(text: string, maxBytes: number): number {
  const window = text.slice(0, maxBytes + 1)
  const whole = fill(graphemes.segment(window), maxBytes)
  return whole > 0 ? whole : fill(codePoints(window), maxBytes)
}

function fill(pieces: Iterable<{ segment: string }>, maxBytes: number): number {
  let units = 0
  let bytes = 0
  for (const { segment } of pieces) {
    bytes += encoder.encode(segment).length
    if (bytes > maxBytes) break
    units += segment.length
  }
  return units
}

function* codePoints(text: string): Iterable<{ segment: string }> {
  for (const segment of text) yield { segment }
}

function niceEnd(text: string, room: number): number {
  const shortest = Math.floor(room * SHORTEST_SHARE)
  for (const mark of ['\n', ' ']) {
    const at = text.lastIndexOf(mark, room)
    if (at >= shortest && at > 0) return at
  }
  return room
}
