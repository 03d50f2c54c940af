/**
 * The frame's own storage. Browsers that block third-party storage give a frame none; then the loader keeps the values
 * in the website's storage (which is the account's own website: only allowed origins can frame us), so that a visitor
 * finds their conversation again.
 */
const kept = new Map<string, string>()
let keep: (key: string, value: string | null) => void = () => {}

function own(): Storage | null {
  try {
    return localStorage
  } catch {
    return null
  }
}

/** What the loader kept, and how it keeps more. */
export function keepAtHost(values: Record<string, string>, keeper: typeof keep): void {
  if (own()) return
  for (const [key, value] of Object.entries(values)) kept.set(key, value)
  keep = keeper
}

export function load<T>(key: string): T | null {
  try {
    const text = own()?.getItem(key) ?? kept.get(key) ?? null
    return text === null ? null : (JSON.parse(text) as T)
  } catch {
    return null
  }
}

export function save(key: string, value: unknown): void {
  const text = value === null ? null : JSON.stringify(value)
  const storage = own()
  try {
    if (storage) text === null ? storage.removeItem(key) : storage.setItem(key, text)
  } catch {
    // Full: this tab goes on without.
  }
  if (storage) return
  if (text === null) kept.delete(key)
  else kept.set(key, text)
  keep(key, text)
}
