import { useEffect, useRef } from 'react'

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform)

/** How a shortcut is written on this machine. */
export const shown = (combo: string): string =>
  combo
    .split('+')
    .map((key) => (key === 'mod' ? (isMac ? '⌘' : 'Ctrl') : key === 'enter' ? '↵' : key.toUpperCase()))
    .join(isMac ? '' : '+')

/** A place where letters are text: a field, or anything in a region marked `data-writing`, its buttons included. */
const isWriting = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.closest('input,textarea,select,[data-writing]') !== null)

const isCovered = (): boolean => document.querySelector('[role="dialog"],[role="alertdialog"],[role="menu"]') !== null

type Bindings = Record<string, (() => void) | null | undefined>

/** Keys that act anywhere on the page, but not while somebody writes or something lies over it. */
export function useShortcuts(bindings: Bindings): void {
  const latest = useRef(bindings)
  latest.current = bindings
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const mod = event.metaKey || event.ctrlKey
      if (event.isComposing || event.altKey || event.defaultPrevented) return
      const run = latest.current[`${mod ? 'mod+' : ''}${event.key.toLowerCase()}`]
      if (!run || (!mod && (isWriting(event.target) || isCovered()))) return
      event.preventDefault()
      run()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}
