import { useEffect, useRef } from 'preact/hooks'

const EMOJI =
  '😀 😄 😅 😂 🙂 😉 😊 😍 😘 😎 🤔 😐 😕 😟 😢 😭 😡 😴 🤒 🤝 👍 👎 👌 🙏 👏 💪 👋 ✌️ ❤️ 🔥 🎉 🎁 ✅ ❌ ⭐ 💡 📷 📦 🚚 💰'.split(
    ' ',
  )
const COLUMNS = 8
const STEPS: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }

export function EmojiPicker(props: { onPick(emoji: string): void; onClose(): void; label: string }) {
  const grid = useRef<HTMLDivElement>(null)
  useEffect(() => grid.current?.querySelector('button')?.focus(), [])
  return (
    <div
      class="emoji"
      ref={grid}
      role="dialog"
      aria-label={props.label}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          event.preventDefault()
          props.onClose()
        }
        const step = STEPS[event.key]
        if (!step) return
        event.preventDefault()
        const buttons = [...(grid.current?.querySelectorAll('button') ?? [])]
        buttons[buttons.indexOf(document.activeElement as HTMLButtonElement) + step]?.focus()
      }}
    >
      {EMOJI.map((emoji) => (
        <button type="button" key={emoji} onClick={() => props.onPick(emoji)}>
          {emoji}
        </button>
      ))}
    </div>
  )
}
