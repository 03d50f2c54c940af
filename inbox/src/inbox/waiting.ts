/** How urgent a wait looks until deadlines are set per priority: calm, then amber, then red. */
export type WaitLevel = 'calm' | 'soon' | 'late'

const SOON_MS = 10 * 60_000
const LATE_MS = 30 * 60_000

export const waitLevel = (waitingSince: number, now: number): WaitLevel => {
  const age = now - waitingSince
  return age >= LATE_MS ? 'late' : age >= SOON_MS ? 'soon' : 'calm'
}

export const WAIT_INK: Record<WaitLevel, string> = { calm: 'text-muted', soon: 'text-warn', late: 'text-danger' }
