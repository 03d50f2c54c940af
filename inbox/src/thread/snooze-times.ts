/** Moments to snooze until, in the viewer's own time. Only those that are still ahead by at least half an hour. */
export type SnoozeName = 'hour' | 'evening' | 'tomorrow' | 'monday'

const at = (day: Date, days: number, hour: number): Date =>
  new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, hour)

export function snoozeTimes(now: number): { name: SnoozeName; at: number }[] {
  const today = new Date(now)
  const toMonday = ((8 - today.getDay()) % 7 || 7) as number
  const all: { name: SnoozeName; at: number }[] = [
    { name: 'hour', at: now + 3_600_000 },
    { name: 'evening', at: at(today, 0, 18).getTime() },
    { name: 'tomorrow', at: at(today, 1, 9).getTime() },
    { name: 'monday', at: at(today, toMonday, 9).getTime() },
  ]
  const seen = new Set<number>()
  return all.filter((one) => one.at - now >= 30 * 60_000 && !seen.has(one.at) && seen.add(one.at))
}

/** The value of a `datetime-local` field for a moment. */
export function fieldValue(at: number): string {
  const date = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`
}
