import { settings } from './settings.ts'

const locale = (): string => (settings.language === 'zh' ? 'zh-CN' : 'en-GB')

export const clock = (at: number): string =>
  new Date(at).toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit' })

export const exact = (at: number): string =>
  new Date(at).toLocaleString(locale(), { dateStyle: 'medium', timeStyle: 'medium' })

export function day(at: number): string {
  const { words } = settings
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000)
  if (days === 0) return words.today
  if (days === 1) return words.yesterday
  return new Date(at).toLocaleDateString(locale(), { month: 'short', day: 'numeric' })
}

export const short = (at: number): string => (day(at) === settings.words.today ? clock(at) : day(at))
