export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const STORED = 'onethread.theme'
const systemDark = () => window.matchMedia('(prefers-color-scheme: dark)')

export const chosenTheme = (): Theme => {
  const stored = localStorage.getItem(STORED)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

export function applyTheme(theme: Theme): void {
  const dark = theme === 'dark' || (theme === 'system' && systemDark().matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
}

export function chooseTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(STORED)
  else localStorage.setItem(STORED, theme)
  applyTheme(theme)
}

/** Follows the system while nothing else was chosen. */
export function followSystemTheme(): void {
  systemDark().addEventListener('change', () => applyTheme(chosenTheme()))
}
