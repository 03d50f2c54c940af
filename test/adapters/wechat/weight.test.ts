import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'

/** Every module that a file imports at run time, its own files followed. */
async function importsOf(url: URL, seen = new Set<string>()): Promise<Set<string>> {
  if (seen.has(url.href)) return seen
  seen.add(url.href)
  const source = await readFile(url, 'utf8')
  for (const [, types, name = ''] of source.matchAll(/^(?:import|export)\s+(type\s+)?[^'"]*?from\s+'([^']+)'/gm)) {
    if (types !== undefined) continue
    if (name.startsWith('.')) await importsOf(new URL(name, url), seen)
    else seen.add(name)
  }
  return seen
}

describe('the weight of Wechaty', () => {
  it('is only carried by its own process, never by the hub that knows the channel', async () => {
    const hub = await importsOf(new URL('../../../adapters/wechat/index.ts', import.meta.url))
    expect([...hub].filter((name) => /wechaty|file-box/.test(name))).toEqual([])
    const child = await importsOf(new URL('../../../adapters/wechat/child.ts', import.meta.url))
    expect(child).toContain('wechaty')
  })
})
