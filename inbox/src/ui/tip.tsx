import { Tooltip } from 'radix-ui'
import type { ReactNode } from 'react'

interface TipProps {
  text: ReactNode
  shortcut?: string
  side?: 'top' | 'bottom' | 'left' | 'right'
  children: ReactNode
}

export function Tip({ text, shortcut, side = 'bottom', children }: TipProps) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-60 max-w-72 animate-in rounded-control bg-[#1d2029] px-2 py-1 text-xs text-[#f2f3f7] shadow-float"
        >
          {text}
          {shortcut && <kbd className="ml-2 rounded bg-white/15 px-1 font-sans">{shortcut}</kbd>}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}
