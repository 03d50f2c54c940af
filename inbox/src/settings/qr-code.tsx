import { toCanvas } from 'qrcode'
import { useEffect, useRef } from 'react'

const SIZE_PX = 220

export function QrCode({ text, label }: { text: string; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    if (canvas.current) void toCanvas(canvas.current, text, { width: SIZE_PX, margin: 2 })
  }, [text])
  return (
    <canvas
      ref={canvas}
      width={SIZE_PX}
      height={SIZE_PX}
      role="img"
      aria-label={label}
      className="rounded-panel bg-white"
    />
  )
}
