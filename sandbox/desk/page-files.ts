import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import path from 'node:path'

const FOLDER = path.join(import.meta.dirname, '..', 'page')

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

export interface PageFile {
  type: string
  content: string
}

/** A file of the page. TypeScript is served without its types, as the browser wants it: there is no build. */
export async function pageFile(name: string): Promise<PageFile | null> {
  const type = TYPES[path.extname(name)]
  if (type === undefined || !/^[a-z-]+\.[a-z]+$/.test(name)) return null
  try {
    const text = await readFile(path.join(FOLDER, name), 'utf8')
    return { type, content: name.endsWith('.ts') ? stripTypeScriptTypes(text) : text }
  } catch {
    return null
  }
}
