import { type ComponentProps, useLayoutEffect, useRef } from 'react'
import { cx } from '../ui/class-names.ts'

interface GrowingProps extends ComponentProps<'textarea'> {
  maxHeight?: number
}

/** Grows with its text up to a limit, then scrolls. */
export function GrowingTextArea({ maxHeight = 260, className, ...rest }: GrowingProps) {
  const box = useRef<HTMLTextAreaElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text decides the height
  useLayoutEffect(() => {
    const area = box.current
    if (!area) return
    area.style.height = 'auto'
    area.style.height = `${Math.min(maxHeight, area.scrollHeight)}px`
  }, [rest.value, maxHeight])
  return (
    <textarea
      ref={box}
      rows={2}
      {...rest}
      className={cx('thin-scroll block w-full resize-none bg-transparent outline-none', className)}
    />
  )
}
