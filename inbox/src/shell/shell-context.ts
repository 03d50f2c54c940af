import { createContext, use } from 'react'
import type { TypingStore } from '../live/typing.ts'

export interface ShellActions {
  typing: TypingStore
  openPalette(): void
  openShortcuts(): void
  /** Opens the dialog that writes first; null = the contact or address is chosen there. */
  startConversation(contactId: string | null): void
}

export const ShellContext = createContext<ShellActions | null>(null)

export const useShell = (): ShellActions => {
  const shell = use(ShellContext)
  if (!shell) throw new Error('useShell is only for what stands in the shell')
  return shell
}
