import type { TFunction } from 'i18next'

/** A file that came without words, named by a machine: the name says nothing. */
const NUMBERED = /^\u{1F4CE} [\w-]{12,}\.(\w{2,5})$/u
const PICTURE = /^(?:jpe?g|png|gif|webp|heic|avif)$/i

/** What a list shows of a conversation's last words. */
export function previewWords(preview: string, t: TFunction): string {
  const ending = NUMBERED.exec(preview)?.[1]
  if (ending === undefined || !/\d{8}/.test(preview)) return preview
  return `\u{1F4CE} ${t(PICTURE.test(ending) ? 'file.picture' : 'file.unnamed')}`
}
