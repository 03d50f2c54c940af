import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { parseSync } from 'vite'
import { describe, expect, it } from 'vitest'

/** DESIGN of the house, enforced: who may import whom, and that nobody outside a channel's folder names the channel. */

const ROOT = join(import.meta.dirname, '..')
const FOLDERS = ['src', 'adapters', 'conversations', 'campaigns', 'migrations', 'inbox', 'widget', 'sandbox']

interface Import {
  /** The importing file, from the root, e.g. `src/http/app.ts`. */
  from: string
  line: number
  /** A file from the root, or a package's name. */
  to: string
  isPackage: boolean
  typeOnly: boolean
}

type Allowed = true | string

const isIn = (path: string, ...places: string[]): boolean =>
  places.some((place) => path === place || (place.endsWith('/') && path.startsWith(place)))

const DATABASE_AND_BUS = /^(kysely|better-sqlite3|pg|@nats-io\/|better-auth|@better-auth\/)/
/** The composition root: the process, the hub it starts, and what the registry's channels say of themselves. */
const COMPOSITION = ['src/main.ts', 'src/hub.ts', 'src/hub/', 'src/catalogue.ts']
const HUB_INSIDES = [...COMPOSITION, 'src/core.ts', 'src/http/', 'adapters/', 'sandbox/', 'inbox/', 'widget/']

/** The bus and what is made of it: leases and shared values live in NATS's key-value store. */
const BUS = ['src/bus.ts', 'src/leases.ts', 'src/shared-values.ts']

const check = (fine: boolean, reason: string): Allowed => fine || reason

/** One rule per part of the house; the first whose place fits speaks. */
const RULES: { part: string; fits: (file: string) => boolean; allows: (each: Import) => Allowed }[] = [
  { part: 'the composition root', fits: (file) => isIn(file, ...COMPOSITION), allows: () => true },
  {
    part: 'the core',
    fits: (file) => file === 'src/core.ts',
    allows: ({ to, isPackage }) =>
      check(
        isPackage || isIn(to, 'conversations/', 'campaigns/') || (isIn(to, 'src/') && !isIn(to, ...HUB_INSIDES)),
        'puts conversations and campaigns together for main; channels and HTTP come to it as arguments',
      ),
  },
  {
    part: 'src/http',
    fits: (file) => isIn(file, 'src/http/'),
    allows: ({ to, isPackage }) =>
      check(
        isPackage || (isIn(to, 'src/', 'conversations/', 'campaigns/') && !isIn(to, ...COMPOSITION)),
        'uses conversations, campaigns, bus, db and model; adapters are handed to it by main',
      ),
  },
  {
    part: 'src',
    fits: (file) => isIn(file, 'src/'),
    allows: ({ to, isPackage }) =>
      check(
        isPackage || isIn(to, 'migrations/') || (isIn(to, 'src/') && !isIn(to, ...HUB_INSIDES)),
        'is the ground floor: it knows nothing of what stands on it',
      ),
  },
  {
    part: 'conversations',
    fits: (file) => isIn(file, 'conversations/'),
    allows: ({ to, isPackage }) =>
      check(
        isPackage || isIn(to, 'conversations/') || (isIn(to, 'src/') && !isIn(to, ...HUB_INSIDES)),
        'uses db, bus and model',
      ),
  },
  {
    part: 'campaigns',
    fits: (file) => isIn(file, 'campaigns/'),
    allows: ({ to, isPackage }) =>
      check(
        isPackage || isIn(to, 'campaigns/', 'conversations/') || (isIn(to, 'src/') && !isIn(to, ...HUB_INSIDES)),
        'uses conversations, db, bus and model',
      ),
  },
  {
    part: 'the host',
    fits: (file) => file === 'adapters/host.ts' || isIn(file, 'adapters/host/'),
    allows: ({ to, isPackage }) =>
      check(
        isPackage ||
          isIn(
            to,
            'adapters/contract.ts',
            'adapters/registry.ts',
            'adapters/host.ts',
            'adapters/host/',
            'src/model.ts',
          ) ||
          isIn(to, ...BUS),
        'is the bridge between contract and bus; everything else is given to it as a plain argument',
      ),
  },
  {
    part: 'the registry',
    fits: (file) => file === 'adapters/registry.ts',
    allows: ({ to, isPackage }) => check(!isPackage && isIn(to, 'adapters/'), 'lists the channels and nothing else'),
  },
  {
    part: 'an adapter',
    fits: (file) => isIn(file, 'adapters/'),
    allows: ({ from, to, isPackage }) =>
      isPackage
        ? check(!DATABASE_AND_BUS.test(to), 'never reaches for the database or the bus')
        : check(
            isIn(to, 'adapters/contract.ts', 'src/model.ts', ownFolder(from)),
            'uses the contract, the model, its own folder and its SDK',
          ),
  },
  {
    part: 'migrations',
    fits: (file) => isIn(file, 'migrations/'),
    allows: ({ to }) =>
      check(/^kysely(\/|$)/.test(to), 'imports kysely only: later code must not change what they did'),
  },
  ...['inbox', 'widget'].map((page) => ({
    part: page,
    fits: (file: string) => isIn(file, `${page}/`),
    allows: ({ to, isPackage, typeOnly }: Import) =>
      check(
        isPackage || isIn(to, `${page}/`) || (typeOnly && isIn(to, 'src/views.ts', 'src/model.ts')),
        'speaks HTTP and SSE; of the server it takes `import type` from src/views.ts and src/model.ts',
      ),
  })),
  {
    part: 'sandbox',
    fits: (file) => isIn(file, 'sandbox/'),
    allows: ({ to, isPackage }) =>
      check(isPackage || isIn(to, 'sandbox/', 'src/model.ts'), 'is a remote party: it knows only the model’s types'),
  },
]

/** `adapters/sms/parse.ts` → `adapters/sms/` */
const ownFolder = (file: string): string => `${file.split('/').slice(0, 2).join('/')}/`

const NOT_SOURCES = new Set(['node_modules', 'dist', 'public'])

function sourcesBelow(folder: string): string[] {
  const entries = (() => {
    try {
      return readdirSync(folder, { withFileTypes: true })
    } catch {
      return []
    }
  })()
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return NOT_SOURCES.has(entry.name) ? [] : sourcesBelow(path)
    return /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name) ? [path] : []
  })
}

/** ESTree as oxc prints it: plain objects with a type and a place. */
interface Node {
  type: string
  start: number
  [key: string]: unknown
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'

function visit(node: Node, see: (node: Node, parents: Node[]) => void, parents: Node[] = []): void {
  see(node, parents)
  for (const value of Object.values(node))
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, see, [...parents, node])
}

interface Source {
  file: string
  text: string
  program: Node
}

function parse(path: string): Source {
  const text = readFileSync(path, 'utf8')
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  return { file: relative(ROOT, path).replaceAll('\\', '/'), text, program: program as unknown as Node }
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

const literalOf = (value: unknown): string | null =>
  isNode(value) && value.type === 'Literal' && typeof value.value === 'string' ? value.value : null

/** `import type …`, and imports whose every name is marked as a type. */
function isTypeOnly(node: Node): boolean {
  if (node.importKind === 'type' || node.exportKind === 'type' || node.type === 'TSImportType') return true
  const names = Array.isArray(node.specifiers) ? (node.specifiers as Node[]) : []
  return names.length > 0 && names.every((name) => name.importKind === 'type' || name.exportKind === 'type')
}

function importsOf({ file, text, program }: Source): Import[] {
  const found: Import[] = []
  visit(program, (node) => {
    const target = literalOf(node.source) ?? (node.type === 'TSImportType' ? literalOf(node.argument) : null)
    if (target === null || !/^(Import|Export|TSImportType)/.test(node.type)) return
    const isPackage = !target.startsWith('.')
    const to = isPackage ? target : posix.join(dirname(file), target)
    found.push({ from: file, line: lineAt(text, node.start), to, isPackage, typeOnly: isTypeOnly(node) })
  })
  return found
}

const sources = FOLDERS.flatMap((folder) => sourcesBelow(join(ROOT, folder))).map(parse)

const offenceOf = (each: Import): string[] => {
  const rule = RULES.find(({ fits }) => fits(each.from))
  const verdict = rule?.allows(each) ?? 'stands outside the house'
  return verdict === true ? [] : [`${each.from}:${each.line} imports ${each.to}: ${rule?.part} ${verdict}`]
}

// —— channels' names ——

const CHANNELS = ['webchat', 'sms', 'wechat', 'wechat-official', 'wecom', 'email']
/** Also words of other trades: an email address is a person's, so only comparing or switching on a channel counts. */
const EVERYDAY = new Set(['email'])

const mayNameChannels = (file: string): boolean =>
  /^(adapters\/[^/]+\/|adapters\/(registry|contract)\.ts$|sandbox\/)/.test(file) ||
  /** Glyph names of the design, which happen to be spelled like channels. */
  file === 'src/views.ts' ||
  /^inbox\/src\/ui\/[^/]*glyph\.tsx$/.test(file)

const COMPARISONS = new Set(['===', '!==', '==', '!='])

/** Whether the literal is compared with, or listed as a case of, something that is called a channel. */
function decidesByChannel(parents: Node[], text: string): boolean {
  const [outer, inner] = parents.slice(-2)
  const about = (node: unknown): boolean =>
    isNode(node) && /channel/i.test(text.slice(node.start, (node as unknown as { end: number }).end))
  if (inner?.type === 'BinaryExpression' && COMPARISONS.has(String(inner.operator)))
    return about(inner.left) || about(inner.right)
  return inner?.type === 'SwitchCase' && outer?.type === 'SwitchStatement' && about(outer.discriminant)
}

const channelNamesIn = ({ file, text, program }: Source): string[] => {
  const found: string[] = []
  visit(program, (node, parents) => {
    const word = literalOf(node)
    if (word === null || !CHANNELS.includes(word)) return
    if (EVERYDAY.has(word) && !decidesByChannel(parents, text)) return
    found.push(`${file}:${lineAt(text, node.start)} names the channel '${word}'`)
  })
  return found
}

describe('import directions', () => {
  it('sees the sources', () => {
    expect(sources.length).toBeGreaterThan(50)
    expect(sources.flatMap(importsOf).length).toBeGreaterThan(100)
  })

  it('run one way through the house', () => {
    expect(sources.flatMap(importsOf).flatMap(offenceOf)).toEqual([])
  })

  it.each([
    ['adapters/sms/send.ts', 'src/db.ts', false],
    ['adapters/sms/send.ts', 'adapters/email/parse.ts', false],
    ['adapters/sms/send.ts', 'adapters/sms/parse.ts', true],
    ['src/http/app.ts', 'adapters/host.ts', false],
    ['src/http/app.ts', 'conversations/ingest.ts', true],
    ['conversations/ingest.ts', 'src/http/app.ts', false],
    ['conversations/ingest.ts', 'campaigns/send.ts', false],
    ['campaigns/send.ts', 'conversations/ingest.ts', true],
    ['inbox/src/main.tsx', 'src/views.ts', false],
    ['sandbox/peer.ts', 'src/bus.ts', false],
    ['src/bus.ts', 'conversations/ingest.ts', false],
  ])('%s → %s: %s', (from, to, fine) => {
    expect(offenceOf({ from, to, line: 1, isPackage: false, typeOnly: false })).toHaveLength(fine ? 0 : 1)
  })

  it('lets adapters have no database and migrations nothing but kysely', () => {
    const use = (from: string, to: string) => offenceOf({ from, to, line: 1, isPackage: true, typeOnly: false }).length
    expect([use('adapters/sms/send.ts', 'twilio'), use('adapters/sms/send.ts', 'kysely')]).toEqual([0, 1])
    expect([use('migrations/0001.ts', 'kysely'), use('migrations/0001.ts', 'valibot')]).toEqual([0, 1])
  })
})

describe('channels', () => {
  const of = (text: string): Source => ({
    file: 'src/x.ts',
    text,
    program: parseSync('src/x.ts', text).program as unknown as Node,
  })

  it('are named in their own folder only', () => {
    expect(sources.filter(({ file }) => !mayNameChannels(file)).flatMap(channelNamesIn)).toEqual([])
  })

  it('are found as values, types and cases, but an email address is no channel', () => {
    expect(channelNamesIn(of(`const a = 'sms'; type B = 'wechat'`))).toHaveLength(2)
    expect(channelNamesIn(of(`if (account.channel === 'email') {}`))).toEqual([`src/x.ts:1 names the channel 'email'`])
    expect(channelNamesIn(of(`switch (x.channel) { case 'email': }`))).toHaveLength(1)
    expect(channelNamesIn(of(`const type = 'email'; const yes = facts.addressSpace === 'email'`))).toEqual([])
  })
})
