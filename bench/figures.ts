/** What is measured, and how it is shown. */

export interface Figure {
  /** `inbound`, or `inbound.p99` for a further row of the same measurement. */
  id: string
  value: number
  unit: string
  /** What the barest program reached in the same run, in the same unit; null where there is none. */
  limit: number | null
  /** How near we come to the limit: 1 is as good, 0.5 is half as good, for speeds and for times alike. */
  ratio: number | null
  /** What is to be reached: of the ratio where there is one in `goalOf`, else of the value. Null: shown for information. */
  goal: number | null
  goalOf: 'ratio' | 'least' | 'most' | null
  ok: boolean | null
  what: string
}

type Given = Pick<Figure, 'id' | 'value' | 'unit' | 'what'> & {
  limit?: number
  /** A time or a size: the limit is below, not above. */
  lessIsBetter?: boolean
  goal?: number
  goalOf?: Exclude<Figure['goalOf'], null>
}

const rounded = (value: number): number => Number(value.toPrecision(value >= 1000 ? 5 : 3))

export const figure = ({ limit, lessIsBetter, goal, goalOf, ...given }: Given): Figure => {
  const ratio = limit === undefined ? null : lessIsBetter ? limit / given.value : given.value / limit
  const ok =
    goal === undefined || goalOf === undefined
      ? null
      : goalOf === 'ratio'
        ? (ratio ?? 0) >= goal
        : goalOf === 'least'
          ? given.value >= goal
          : given.value <= goal
  return {
    id: given.id,
    value: rounded(given.value),
    unit: given.unit,
    limit: limit === undefined ? null : rounded(limit),
    ratio: ratio === null ? null : Number(ratio.toFixed(3)),
    goal: goal ?? null,
    goalOf: goalOf ?? null,
    ok,
    what: given.what,
  }
}

export const median = (values: number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[middle] as number
  return ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

export interface Spread {
  count: number
  p50: number
  p99: number
  most: number
}

/** Nearest rank: the p99 of 100 values is the 99th. */
export const spreadOf = (values: number[]): Spread => {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), most: sorted.at(-1) ?? Number.NaN }
}

const number = (value: number | null): string => {
  if (value === null) return ''
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(value)
}

const SIGNS = { ratio: 'ratio ≥', least: '≥', most: '≤' }

const goalText = ({ goal, goalOf }: Figure): string =>
  goal === null || goalOf === null ? '' : `${SIGNS[goalOf]} ${number(goal)}`

const okText = (ok: boolean | null): string => (ok === null ? '' : ok ? 'yes' : 'NO')

/** Columns lined up, numbers to the right. */
export const table = (figures: Figure[]): string => {
  const head = ['id', 'value', 'unit', 'limit', 'ratio', 'goal', 'reached', 'what']
  const rows = figures.map((each) => [
    each.id,
    number(each.value),
    each.unit,
    number(each.limit),
    each.ratio === null ? '' : each.ratio.toFixed(2),
    goalText(each),
    okText(each.ok),
    each.what,
  ])
  const widths = head.map((title, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? title).length)))
  const right = new Set([1, 3, 4])
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return right.has(column) ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [line(head), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n')
}
