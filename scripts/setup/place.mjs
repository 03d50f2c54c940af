import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** What the set-up keeps for itself: markers and fetched programs. Gone with node_modules, and made anew then. */
export const cache = join(root, 'node_modules', '.cache', 'onethread')

export const inRoot = (...parts) => join(root, ...parts)

/** One hash of all these files, folders included. */
export function hashOf(...paths) {
  const hash = createHash('sha256')
  for (const path of paths.flatMap(filesBelow)) hash.update(path).update('\0').update(readFileSync(path)).update('\0')
  return hash.digest('hex')
}

const NOT_SOURCES = new Set(['node_modules', 'dist', '.DS_Store'])

function filesBelow(path) {
  if (!existsSync(path)) return []
  try {
    const entries = readdirSync(path, { withFileTypes: true }).filter(({ name }) => !NOT_SOURCES.has(name))
    return entries
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => (entry.isDirectory() ? filesBelow(join(path, entry.name)) : [join(path, entry.name)]))
  } catch {
    return [path]
  }
}

export function isMarked(file, value) {
  try {
    return readFileSync(file, 'utf8') === value
  } catch {
    return false
  }
}

export function mark(file, value) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, value)
}
