/**
 * Times as people say them. All take UTC milliseconds and the language; `zone` is an IANA time zone, the viewer's own
 * when absent. Words come from Intl, so that both languages are right without strings of ours.
 */

type Options = Intl.DateTimeFormatOptions

const formats = new Map<string, Intl.DateTimeFormat>()

const formatted = (at: number, lang: string, options: Options, zone?: string): string => {
  const key = `${lang}|${zone ?? ''}|${JSON.stringify(options)}`
  let format = formats.get(key)
  if (!format) {
    format = new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : lang, zone ? { ...options, timeZone: zone } : options)
    formats.set(key, format)
  }
  return format.format(at)
}

export const clock = (at: number, lang: string, zone?: string): string =>
  formatted(at, lang, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, zone)

/** The full time, for hovering. */
export const exact = (at: number, lang: string, zone?: string): string =>
  formatted(
    at,
    lang,
    {
      weekday: 'short',
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    },
    zone,
  )

/** The calendar day as `2026-11-21`, to compare. */
export const dayKey = (at: number, zone?: string): string =>
  formatted(at, 'en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' }, zone)

const daysBetween = (at: number, now: number, zone?: string): number =>
  Math.round((Date.parse(dayKey(now, zone)) - Date.parse(dayKey(at, zone))) / 86_400_000)

const relative = (value: number, unit: Intl.RelativeTimeFormatUnit, lang: string): string =>
  new Intl.RelativeTimeFormat(lang, { numeric: 'auto' }).format(value, unit)

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** Head of a day in a thread: Today, Yesterday, Monday, 12 March, 12 March 2025. */
export function day(at: number, now: number, lang: string, zone?: string): string {
  const ago = daysBetween(at, now, zone)
  if (ago === 0 || ago === 1) return capital(relative(-ago, 'day', lang))
  if (ago > 1 && ago < 7) return formatted(at, lang, { weekday: 'long' }, zone)
  const sameYear = dayKey(at, zone).slice(0, 4) === dayKey(now, zone).slice(0, 4)
  return formatted(at, lang, { day: 'numeric', month: 'long', ...(sameYear ? {} : { year: 'numeric' }) }, zone)
}

const unit = (value: number, name: 'minute' | 'hour' | 'day', lang: string): string =>
  new Intl.NumberFormat(lang === 'zh' ? 'zh-CN' : lang, { style: 'unit', unit: name, unitDisplay: 'short' }).format(
    value,
  )

/** A length: 4 min, 3 hr, 2 days. Under a minute is one minute: nobody needs seconds here. */
export function span(ms: number, lang: string): string {
  const minutes = Math.max(1, Math.round(ms / 60_000))
  if (minutes < 60) return unit(minutes, 'minute', lang)
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? unit(hours, 'hour', lang) : unit(Math.floor(hours / 24), 'day', lang)
}

/** How long somebody waits by now: 4 min, and a wait that has just begun: Now. */
export const waited = (ms: number, lang: string): string =>
  ms < 60_000 ? capital(relative(0, 'second', lang)) : span(ms, lang)

/** Shortest, for lists: now, 4 min, 21:36, Yesterday, Mon, 12 Mar, 12/03/2025. */
export function brief(at: number, now: number, lang: string, zone?: string): string {
  const age = now - at
  if (age < 60_000) return capital(relative(0, 'second', lang))
  if (age < 3_600_000) return unit(Math.floor(age / 60_000), 'minute', lang)
  const ago = daysBetween(at, now, zone)
  if (ago === 0) return clock(at, lang, zone)
  if (ago === 1) return capital(relative(-1, 'day', lang))
  if (ago < 7) return formatted(at, lang, { weekday: 'short' }, zone)
  const sameYear = dayKey(at, zone).slice(0, 4) === dayKey(now, zone).slice(0, 4)
  return formatted(
    at,
    lang,
    sameYear ? { day: 'numeric', month: 'short' } : { day: '2-digit', month: '2-digit', year: 'numeric' },
    zone,
  )
}

/** A moment in a sentence: 21:36, Yesterday 14:02, Tue 09:00, 12 Mar 09:00. Also of the future (snooze). */
export function moment(at: number, now: number, lang: string, zone?: string): string {
  const ago = daysBetween(at, now, zone)
  const time = clock(at, lang, zone)
  if (ago === 0) return time
  if (Math.abs(ago) === 1) return `${capital(relative(-ago, 'day', lang))} ${time}`
  if (Math.abs(ago) < 7) return `${formatted(at, lang, { weekday: 'short' }, zone)} ${time}`
  return `${formatted(at, lang, { day: 'numeric', month: 'short' }, zone)} ${time}`
}
