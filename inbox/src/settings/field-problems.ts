import type { ChannelView } from '../../../src/views.ts'
import { ApiError } from '../api/client.ts'

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** What the hub says about single fields, by their keys: it names a field by its English label, `Label: reason`. */
export function fieldProblems(
  fields: Pick<ChannelView['fields'][number], 'key' | 'label'>[],
  error: unknown,
): Record<string, string> {
  if (!(error instanceof ApiError) || error.status !== 422 || fields.length === 0) return {}
  // The longest first, for a label may end as another one does.
  const labels = fields.map((field) => escaped(field.label.en)).sort((a, b) => b.length - a.length)
  const named = new RegExp(`(?<![\\p{L}\\p{N}])(${labels.join('|')}): `, 'gu')
  const hits = [...error.detail.matchAll(named)]
  const problems: Record<string, string> = {}
  for (const [index, hit] of hits.entries()) {
    const reason = error.detail.slice(hit.index + hit[0].length, hits[index + 1]?.index).trim()
    const key = fields.find((field) => field.label.en === hit[1])?.key
    if (key) problems[key] ??= reason
  }
  return problems
}
