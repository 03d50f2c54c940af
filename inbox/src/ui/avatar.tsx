import { cx } from './class-names.ts'

/** Pairs of ground and ink with enough contrast in both themes; a name always gets the same one. */
const TONES = [
  'bg-[#dfe5fb] text-[#2f3f9e] dark:bg-[#2a3364] dark:text-[#c3cbff]',
  'bg-[#d9f0ea] text-[#12594a] dark:bg-[#17423a] dark:text-[#a5e4d4]',
  'bg-[#fbe6d4] text-[#7d3f0b] dark:bg-[#4a2f18] dark:text-[#f6c79b]',
  'bg-[#f3def3] text-[#74297a] dark:bg-[#452449] dark:text-[#ecb9f0]',
  'bg-[#fadfe3] text-[#8c2338] dark:bg-[#4c222b] dark:text-[#f7b6c1]',
  'bg-[#dcedf9] text-[#1a527e] dark:bg-[#1c3b54] dark:text-[#aed8f8]',
  'bg-[#ecebcf] text-[#565312] dark:bg-[#3c3a1b] dark:text-[#e0dc9c]',
] as const

const toneOf = (name: string): string => {
  let hash = 0
  for (const char of name) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0
  return TONES[hash % TONES.length] as string
}

/** One character for Chinese names, two initials for the rest, the last two digits of a number. */
export const initialsOf = (name: string): string => {
  const clean = name.trim()
  const han = clean.match(/\p{Script=Han}/u)
  if (han) return han[0]
  if (/^[+\d\s()-]+$/.test(clean)) return clean.replace(/\D/g, '').slice(-2)
  const words = clean.split(/[\s._@-]+/).filter(Boolean)
  const letters = words.slice(0, 2).map((word) => [...word][0] ?? '')
  return letters.join('').toUpperCase() || '?'
}

const SIZES = {
  20: 'size-5 text-[10px]',
  24: 'size-6 text-[10px]',
  32: 'size-8 text-xs',
  48: 'size-12 text-lg',
} as const

interface AvatarProps {
  name: string
  size?: keyof typeof SIZES
  presence?: 'online' | 'away' | 'offline'
  square?: boolean
}

const PRESENCE = { online: 'bg-[#22a06b]', away: 'bg-[#d9942b]', offline: 'bg-[#8a91a3]' } as const

export function Avatar({ name, size = 32, presence, square }: AvatarProps) {
  return (
    <span aria-hidden className="relative inline-flex shrink-0">
      <span
        data-initials={initialsOf(name)}
        className={cx(
          'inline-flex items-center justify-center font-semibold select-none before:content-[attr(data-initials)]',
          square ? 'rounded-control' : 'rounded-full',
          SIZES[size],
          toneOf(name),
        )}
      />
      {presence && (
        <span
          className={cx(
            'absolute -right-0.5 -bottom-0.5 size-2.5 rounded-full ring-2 ring-surface',
            PRESENCE[presence],
          )}
        />
      )}
    </span>
  )
}
