/** What a file is by its first bytes. A browser's word on the type of an upload is not believed. */

const startsWith = (content: Uint8Array, bytes: number[], at = 0): boolean =>
  bytes.every((byte, i) => content[at + i] === byte)
const ascii = (text: string): number[] => [...text].map((char) => char.charCodeAt(0))

const SIGNATURES: [mimeType: string, matches: (content: Uint8Array) => boolean][] = [
  ['image/png', (c) => startsWith(c, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
  ['image/jpeg', (c) => startsWith(c, [0xff, 0xd8, 0xff])],
  ['image/gif', (c) => startsWith(c, ascii('GIF8'))],
  ['image/webp', (c) => startsWith(c, ascii('RIFF')) && startsWith(c, ascii('WEBP'), 8)],
  ['application/pdf', (c) => startsWith(c, ascii('%PDF-'))],
  ['application/zip', (c) => startsWith(c, [0x50, 0x4b, 0x03, 0x04]) || startsWith(c, [0x50, 0x4b, 0x05, 0x06])],
  // Compound File Binary: Word, Excel and PowerPoint before 2007.
  ['application/x-cfb', (c) => startsWith(c, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])],
]

/** Pictures that a browser draws without running anything in them (SVG is not one). */
const RASTER = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])

const OOXML = 'application/vnd.openxmlformats-officedocument.'
const INSIDE_ZIP: Record<string, string> = {
  docx: `${OOXML}wordprocessingml.document`,
  xlsx: `${OOXML}spreadsheetml.sheet`,
  pptx: `${OOXML}presentationml.presentation`,
  odt: 'application/vnd.oasis.opendocument.text',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
}
const INSIDE_CFB: Record<string, string> = {
  doc: 'application/msword',
  xls: 'application/vnd.ms-excel',
  ppt: 'application/vnd.ms-powerpoint',
}
const TEXT: Record<string, string> = { txt: 'text/plain', csv: 'text/csv', md: 'text/markdown', log: 'text/plain' }

const signatureOf = (content: Uint8Array): string | null =>
  SIGNATURES.find(([, matches]) => matches(content))?.[0] ?? null

export const rasterTypeOf = (content: Uint8Array): string | null => {
  const type = signatureOf(content)
  return type && RASTER.has(type) ? type : null
}

/** The type of an upload we take (pictures, PDF, office documents, zip, text), null for every other file. */
export function acceptedTypeOf(name: string, content: Uint8Array): string | null {
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
  const signature = signatureOf(content)
  if (signature === 'application/zip') return INSIDE_ZIP[extension] ?? signature
  if (signature === 'application/x-cfb') return INSIDE_CFB[extension] ?? null
  if (signature) return signature
  return isText(content) ? (TEXT[extension] ?? null) : null
}

/** UTF-8, or an older encoding of plain text: no control byte but tab, line feed, form feed, carriage return, escape. */
const isText = (content: Uint8Array): boolean =>
  content.every((byte) => byte >= 0x20 || byte === 9 || byte === 10 || byte === 12 || byte === 13 || byte === 27)
