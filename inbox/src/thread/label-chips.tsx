import { useDirectory } from '../api/directory.ts'

/** How many fit beside the state of a conversation. */
const SHOWN = 2

export function LabelChips({ ids }: { ids: string[] }) {
  const { labels } = useDirectory()
  const known = ids.flatMap((id) => labels.get(id) ?? [])
  const rest = known.slice(SHOWN)
  return (
    <>
      {known.slice(0, SHOWN).map((label) => (
        <span
          key={label.id}
          className="inline-flex max-w-28 shrink-0 items-center gap-1 rounded-full border px-1.5 text-xs leading-4 text-muted"
        >
          <span aria-hidden className="size-2 shrink-0 rounded-full" style={{ background: label.color }} />
          <span className="truncate">{label.name}</span>
        </span>
      ))}
      {rest.length > 0 && (
        <span title={rest.map((label) => label.name).join(', ')} className="figures shrink-0 text-xs text-muted">
          +{rest.length}
        </span>
      )}
    </>
  )
}
