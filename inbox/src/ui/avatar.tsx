import type { CSSProperties } from 'react'
import { toneOf } from './avatar-tone.ts'
import { cx } from './class-names.ts'

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
  const { look, hue } = toneOf(name)
  return (
    <span aria-hidden className="relative inline-flex shrink-0">
      <span
        data-initials={initialsOf(name)}
        className={cx(
          'inline-flex items-center justify-center font-semibold select-none before:content-[attr(data-initials)]',
          square ? 'rounded-control' : 'rounded-full',
          SIZES[size],
          look,
        )}
        style={{ '--hue': hue } as CSSProperties}
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
