/** Ground and ink by `--hue`, with a contrast above 6 in both themes. */
const TONES = [
  'bg-[oklch(0.93_0.04_var(--hue))] text-[oklch(0.4_0.12_var(--hue))] dark:bg-[oklch(0.3_0.05_var(--hue))] dark:text-[oklch(0.85_0.09_var(--hue))]',
  'bg-[oklch(0.84_0.09_var(--hue))] text-[oklch(0.33_0.1_var(--hue))] dark:bg-[oklch(0.42_0.08_var(--hue))] dark:text-[oklch(0.93_0.05_var(--hue))]',
  'bg-[oklch(0.48_0.13_var(--hue))] text-[oklch(0.98_0.02_var(--hue))] dark:bg-[oklch(0.72_0.11_var(--hue))] dark:text-[oklch(0.2_0.04_var(--hue))]',
] as const

/** Nearer hues than 20 degrees look alike at this size. */
const HUES = 18

/** FNV-1a, its bits mixed once more: names that differ in one letter get tones far apart. */
const hashOf = (name: string): number => {
  let hash = 0x811c9dc5
  for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}

/** The colours of a name, the same wherever it stands: one of 54. */
export function toneOf(name: string): { look: string; hue: number } {
  const hash = hashOf(name)
  return { look: TONES[Math.floor(hash / HUES) % TONES.length] as string, hue: (hash % HUES) * (360 / HUES) }
}
