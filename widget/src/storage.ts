/** The frame's own storage. Where the browser forbids it, this tab remembers for as long as it lives. */
const fallback = new Map<string, string>()

export function load<T>(key: string): T | null {
  try {
    const text = localStorage.getItem(key)
    return text === null ? null : (JSON.parse(text) as T)
  } catch {
    const text = fallback.get(key)
    return text === undefined ? null : (JSON.parse(text) as T)
  }
}

export function save(key: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(value))
  } catch {
    if (value === null) fallback.delete(key)
    else fallback.set(key, JSON.stringify(value))
  }
}
