import type { LucideIcon } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'
import { cx } from './class-names.ts'
import { Tip } from './tip.tsx'

type Variant = 'primary' | 'secondary' | 'ghost' | 'danger' | 'note'

const LOOKS: Record<Variant, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover disabled:opacity-50',
  secondary: 'border border-line bg-surface text-text hover:bg-hover disabled:opacity-50',
  ghost: 'text-muted hover:bg-hover hover:text-text disabled:opacity-50',
  danger: 'border border-danger/40 bg-surface text-danger hover:bg-danger-soft disabled:opacity-50',
  note: 'bg-warn text-surface hover:opacity-90 disabled:opacity-50',
}

interface ButtonProps extends ComponentProps<'button'> {
  variant?: Variant
  icon?: LucideIcon
  busy?: boolean
  children: ReactNode
}

export function Button({
  variant = 'secondary',
  icon: Icon,
  busy,
  children,
  className,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={cx(
        'control inline-flex shrink-0 items-center justify-center gap-1.5 rounded-control px-3 text-sm font-medium whitespace-nowrap transition-colors duration-120',
        LOOKS[variant],
        className,
      )}
    >
      {Icon && <Icon size={16} aria-hidden />}
      {children}
    </button>
  )
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  icon: LucideIcon
  label: string
  shortcut?: string
  pressed?: boolean
  side?: 'top' | 'bottom' | 'left' | 'right'
}

/** An icon with its name and shortcut as a tooltip; the name is what assistive technology reads. */
export function IconButton({ icon: Icon, label, shortcut, pressed, side, className, ...rest }: IconButtonProps) {
  return (
    <Tip text={label} {...(shortcut ? { shortcut } : {})} {...(side ? { side } : {})}>
      <button
        type="button"
        aria-label={label}
        aria-pressed={pressed}
        {...rest}
        className={cx(
          'control inline-flex w-(--control) shrink-0 items-center justify-center rounded-control text-muted transition-colors duration-120 hover:bg-hover hover:text-text disabled:opacity-50',
          pressed && 'bg-hover text-text',
          className,
        )}
      >
        <Icon size={16} aria-hidden />
      </button>
    </Tip>
  )
}
