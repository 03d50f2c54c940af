interface CheckListProps {
  legend: string
  items: { id: string; name: string }[]
  chosen: string[]
  empty: string
  onChange(chosen: string[]): void
}

export function CheckList({ legend, items, chosen, empty, onChange }: CheckListProps) {
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">{legend}</legend>
      {items.length === 0 && <p className="text-sm text-muted">{empty}</p>}
      <div className="thin-scroll max-h-48 overflow-y-auto rounded-control border empty:hidden">
        {items.map((item) => (
          <label
            key={item.id}
            className="flex min-h-9 items-center gap-2.5 px-3 text-sm hover:bg-hover max-md:min-h-11"
          >
            <input
              type="checkbox"
              checked={chosen.includes(item.id)}
              onChange={(event) =>
                onChange(event.target.checked ? [...chosen, item.id] : chosen.filter((id) => id !== item.id))
              }
              className="size-4 accent-(--accent)"
            />
            <span className="truncate">{item.name}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
