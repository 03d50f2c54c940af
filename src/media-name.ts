const MAX_LENGTH = 200
const FALLBACK = 'file'

/** Controls (C0, C1, DEL), bidirectional overrides that disguise an extension, and the line separators. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** Cuts by whole characters, keeping the extension: readers tell files apart by it. */
function shorten(name: string): string {
  const characters = [...name]
  if (name.length <= MAX_LENGTH) return name
  const extension = /\.[\p{L}\p{N}]{1,12}$/u.exec(name)?.[0] ?? ''
  let kept = ''
  for (const character of characters) {
    if (kept.length + character.length + extension.length > MAX_LENGTH) break
    kept += character
  }
  return kept + extension
}

/** A file name that is only a name: no folders, nothing invisible, at most 200 UTF-16 units. Any script and emoji stay. */
export function safeName(raw: string): string {
  const last = raw.toWellFormed().replace(UNSAFE, '').split(/[/\\]/).at(-1) ?? ''
  const name = last.trim()
  return /^\.*$/.test(name) ? FALLBACK : shorten(name)
}
