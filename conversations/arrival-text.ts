/** What a customer's words become before they are stored. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out; PostgreSQL refuses NUL.
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g
const NAME_LENGTH = 200
const PREVIEW_LENGTH = 160

/** Control characters (but not tab and line ends) and halves of characters out; nothing else changes. */
export const cleanText = (text: string): string => text.toWellFormed().replace(CONTROL, '').replace(/\r\n?/g, '\n')

/** A person's name on one line, null when nothing of it can be shown. */
export const cleanName = (name: string | undefined | null): string | null => {
  const clean = cleanText(name ?? '')
    .replace(/\s+/g, ' ')
    .trim()
  return clean === '' ? null : [...clean].slice(0, NAME_LENGTH).join('')
}

/** The line that lists show of a message: without quoted history, else the first file's name. */
export const previewOf = (text: string, quotedFrom: number | null, files: { name: string }[]): string => {
  const own = quotedFrom === null ? text : text.slice(0, quotedFrom)
  const line = own
    .slice(0, PREVIEW_LENGTH * 2)
    .replace(/\s+/g, ' ')
    .trim()
  if (line !== '') return line.length > PREVIEW_LENGTH ? `${line.slice(0, PREVIEW_LENGTH - 1).toWellFormed()}…` : line
  return files[0] ? `📎 ${files[0].name}` : ''
}
