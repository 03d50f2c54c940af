import { XMLParser } from 'fast-xml-parser'
import * as v from 'valibot'

/**
 * WeChat's messages are one flat element `<xml>`. We read its direct children as text and nothing else: no
 * document type, no entities of the document's own (so none can be expanded or fetched), no numbers (a MsgId has
 * more digits than a double).
 */
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  parseTagValue: false,
  processEntities: false,
  trimValues: false,
  cdataPropName: '#cdata',
})

type Node = { [name: string]: string | Node[] }

const nodes: v.GenericSchema<unknown, Node[]> = v.array(
  v.record(v.string(), v.union([v.string(), v.lazy(() => nodes)])),
)

/** Only `<xml>` may begin the document: a DOCTYPE stands before the root or nowhere. */
const BEGINS = /^\uFEFF?\s*(?:<\?xml[^>]*\?>\s*)?<xml\s*>/

/** The fields of a message, or null when this is not WeChat's XML. */
export function readXml(document: string): Map<string, string> | null {
  if (!BEGINS.test(document)) return null
  try {
    const root = v.parse(nodes, parser.parse(document)).find((node) => Array.isArray(node.xml))?.xml
    return Array.isArray(root) ? fieldsOf(root) : null
  } catch {
    return null
  }
}

function fieldsOf(children: Node[]): Map<string, string> {
  const fields = new Map<string, string>()
  for (const child of children) {
    for (const [name, content] of Object.entries(child)) {
      if (Array.isArray(content)) fields.set(name, textOf(content))
    }
  }
  return fields
}

function textOf(content: Node[]): string {
  let text = ''
  for (const part of content) {
    if (typeof part['#text'] === 'string') text += decodeEntities(part['#text'])
    if (Array.isArray(part['#cdata'])) for (const inner of part['#cdata']) text += inner['#text'] ?? ''
  }
  return text
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The five entities of XML and character references; any other stays as it was written. */
const decodeEntities = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[name] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
