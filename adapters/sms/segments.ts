/**
 * How many SMS segments a text takes (GSM 03.38, 3GPP TS 23.040). One segment holds 160 GSM-7 characters or 70
 * UTF-16 units; longer texts lose room to the joining header: 153 or 67 each.
 */
export interface SegmentCount {
  encoding: 'GSM-7' | 'UCS-2'
  segments: number
  /** Septets or UTF-16 units. */
  units: number
  /** Units that still fit the last segment. */
  left: number
}

const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
)
/** Reached by an escape: two septets each. */
const EXTENDED = new Set('^{}\\[~]|€\f')

export function countSegments(text: string): SegmentCount {
  const characters = [...text]
  const gsm = characters.every((character) => BASIC.has(character) || EXTENDED.has(character))
  const widths = characters.map((character) => (gsm ? (EXTENDED.has(character) ? 2 : 1) : character.length))
  const units = widths.reduce((sum, width) => sum + width, 0)
  const encoding = gsm ? 'GSM-7' : 'UCS-2'
  const single = gsm ? 160 : 70
  if (units <= single) return { encoding, segments: 1, units, left: single - units }
  return { encoding, units, ...packed(widths, gsm ? 153 : 67) }
}

/** A character is never cut in two: one that does not fit opens the next segment. */
function packed(widths: number[], size: number): { segments: number; left: number } {
  let segments = 1
  let left = size
  for (const width of widths) {
    if (width > left) {
      segments += 1
      left = size
    }
    left -= width
  }
  return { segments, left }
}
