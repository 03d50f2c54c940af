import { Check } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { ComponentProps, ReactNode } from 'react'
import { cx } from './class-names.ts'

/** Not modal: the page behind stays readable for assistive technology and does not jump. */
export function Menu(props: ComponentProps<typeof DropdownMenu.Root>) {
  return <DropdownMenu.Root modal={false} {...props} />
}
export const MenuTrigger = DropdownMenu.Trigger

export const FLOAT =
  'z-50 animate-in rounded-panel border border-line bg-raised shadow-float max-w-[calc(100vw-16px)] outline-none'

export function MenuContent({ className, ...rest }: ComponentProps<typeof DropdownMenu.Content>) {
  return (
    <DropdownMenu.Portal>
      <DropdownMenu.Content
        sideOffset={6}
        collisionPadding={8}
        {...rest}
        className={cx(
          FLOAT,
          'thin-scroll max-h-(--radix-dropdown-menu-content-available-height) min-w-44 overflow-y-auto p-1',
          className,
        )}
      />
    </DropdownMenu.Portal>
  )
}

interface MenuItemProps extends ComponentProps<typeof DropdownMenu.Item> {
  checked?: boolean
  icon?: ReactNode
  hint?: ReactNode
}

export function MenuItem({ checked, icon, hint, children, className, ...rest }: MenuItemProps) {
  return (
    <DropdownMenu.Item
      {...rest}
      className={cx(
        'flex min-h-8 items-center gap-2 rounded-control px-2 py-1 text-sm outline-none select-none max-md:min-h-11 data-disabled:text-faint data-highlighted:bg-hover',
        className,
      )}
    >
      {icon}
      <span className="min-w-0 flex-1">{children}</span>
      {hint && <span className="figures shrink-0 text-xs text-faint">{hint}</span>}
      {checked !== undefined && <Check size={16} aria-hidden className={checked ? 'text-accent-ink' : 'invisible'} />}
    </DropdownMenu.Item>
  )
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="px-2 pt-2 pb-1 text-xs font-medium text-faint">{children}</DropdownMenu.Label>
}

export function MenuLine() {
  return <DropdownMenu.Separator className="my-1 h-px bg-line" />
}
