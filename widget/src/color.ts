/** Relative luminance (WCAG 2.2) of `#rrggbb`. */
function luminance(color: string): number {
  const channel = (at: number) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

export function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

const DARK = '#14161c'
const LIGHT = '#ffffff'

/** The text colour that is readable on the accent: white where it reaches 4.5:1, else the better of the two. */
export const textOn = (accent: string): string =>
  contrast(accent, LIGHT) >= 4.5 || contrast(accent, LIGHT) >= contrast(accent, DARK) ? LIGHT : DARK
