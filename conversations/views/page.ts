/** One page of a list; `nextCursor` null at the end. */
export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}

/** Where the next page begins: the sort value and id of the last item. Opaque outside. */
export interface Position {
  value: number
  id: string
}

export const encodeCursor = (position: Position): string =>
  Buffer.from(JSON.stringify([position.value, position.id])).toString('base64url')

/** Null for what is no cursor of ours. */
export const decodeCursor = (cursor: string): Position | null => {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (!Array.isArray(parsed) || parsed.length !== 2) return null
    const [value, id] = parsed as [unknown, unknown]
    return Number.isSafeInteger(value) && typeof id === 'string' && !id.includes('\0')
      ? { value: value as number, id }
      : null
  } catch {
    return null
  }
}

/** Cuts rows that were read one further than the limit, to know whether there are more. */
export const toPage = <Row, Item>(
  rows: Row[],
  limit: number,
  positionOf: (row: Row) => Position,
  toItems: (rows: Row[]) => Item[],
): Page<Item> => {
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  return { items: toItems(kept), nextCursor: rows.length > limit && last ? encodeCursor(positionOf(last)) : null }
}

/** A text as a LIKE pattern that finds it anywhere; for use with `escape '\'`. */
export const containing = (text: string): string => `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
