import { ChevronDown } from 'lucide-react'
import { Switch as RadixSwitch } from 'radix-ui'
import { type ComponentProps, type ReactNode, useId } from 'react'
import { cx } from './class-names.ts'

const BOX =
  'w-full rounded-control border border-line-strong/60 bg-surface px-2.5 text-sm text-text transition-colors hover:border-line-strong focus-visible:border-accent -outline-offset-1 disabled:opacity-60'

interface FieldProps {
  label: string
  help?: ReactNode
  error?: string | null
  optional?: string
  children(props: { id: string; 'aria-describedby': string; 'aria-invalid': boolean }): ReactNode
}

/** A label, its control, and a line of help or of what is wrong, tied together for assistive technology. */
export function Field({ label, help, error, optional, children }: FieldProps) {
  const id = useId()
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
        {optional && <span className="ml-1.5 font-normal text-faint">{optional}</span>}
      </label>
      {children({ id, 'aria-describedby': `${id}-help`, 'aria-invalid': Boolean(error) })}
      <p id={`${id}-help`} className={cx('text-xs empty:hidden', error ? 'text-danger' : 'text-muted')}>
        {error ?? help}
      </p>
    </div>
  )
}

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return <input {...rest} className={cx(BOX, 'control', className)} />
}

export function TextArea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea {...rest} className={cx(BOX, 'thin-scroll py-2', className)} />
}

export function Select({ className, children, ...rest }: ComponentProps<'select'>) {
  return (
    <span className="relative block">
      <select {...rest} className={cx(BOX, 'control appearance-none pr-8', className)}>
        {children}
      </select>
      <ChevronDown
        size={16}
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2.5 -translate-y-1/2 text-muted"
      />
    </span>
  )
}

interface SwitchProps {
  id?: string
  label?: string
  checked: boolean
  disabled?: boolean
  onChange(next: boolean): void
}

export function Switch({ id, label, checked, disabled, onChange }: SwitchProps) {
  return (
    <RadixSwitch.Root
      {...(id ? { id } : {})}
      aria-label={label}
      checked={checked}
      disabled={disabled ?? false}
      onCheckedChange={onChange}
      className="relative h-5 w-9 shrink-0 rounded-full bg-line-strong transition-colors duration-150 data-[state=checked]:bg-accent"
    >
      <RadixSwitch.Thumb className="block size-4 translate-x-0.5 rounded-full bg-white shadow-sm transition-transform duration-150 data-[state=checked]:translate-x-[18px]" />
    </RadixSwitch.Root>
  )
}
