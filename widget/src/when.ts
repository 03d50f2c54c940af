import type { Words } from './words.ts'

const DAY_MS = 24 * 60 * 60_000

export const timeOf = (at: number, language: string): string =>
  new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' }).format(at)

export const exactTimeOf = (at: number, language: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'short' }).format(at)

/** `day` is a local midnight. */
export function dayOf(day: number, now: number, language: string, words: Words): string {
  const today = new Date(now).setHours(0, 0, 0, 0)
  if (day === today) return words.today
  // Days of 23 and 25 hours exist.
  if (Math.round((today - day) / DAY_MS) === 1) return words.yesterday
  const sameYear = new Date(day).getFullYear() === new Date(now).getFullYear()
  return new Intl.DateTimeFormat(language, {
    weekday: 'short',
    month: 'long',
    day: 'numeric',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(day)
}

export const sizeOf = (bytes: number, language: string): string => {
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, 'kilobyte'] : [bytes / 1_000_000, 'megabyte']
  const options = { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: value < 10 ? 1 : 0 } as const
  return new Intl.NumberFormat(language, options).format(value)
}
