/** The API's documentation as a page of its own, from the OpenAPI document: no scripts, nothing from elsewhere. */

type Node = Record<string, unknown>

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value)
const nodeOf = (value: unknown): Node => (isNode(value) ? value : {})
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`).replace(/`([^`]+)`/g, '<code>$1</code>')

/** A schema as somebody would write the type. */
const typeText = (schema: Node, depth = 0): string => {
  const { type } = schema
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if ('const' in schema) return JSON.stringify(schema.const)
  const options = schema.anyOf ?? schema.oneOf
  if (Array.isArray(options)) return [...new Set(options.map((one) => typeText(nodeOf(one), depth)))].join(' | ')
  if (type === 'array') return `${typeText(nodeOf(schema.items), depth)}[]`
  if (type !== 'object') return textOf(type) || 'any'
  const properties = Object.entries(nodeOf(schema.properties))
  if (properties.length === 0) return '{ … }'
  const required = Array.isArray(schema.required) ? (schema.required as unknown[]) : []
  const indent = '  '.repeat(depth + 1)
  const lines = properties.map(
    ([name, value]) => `${indent}${name}${required.includes(name) ? '' : '?'}: ${typeText(nodeOf(value), depth + 1)}`,
  )
  return `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}`
}

const jsonSchemaOf = (holder: unknown): Node => {
  const content = nodeOf(nodeOf(holder).content)
  return nodeOf(nodeOf(content['application/json']).schema)
}

const parametersHtml = (parameters: unknown): string => {
  const rows = (Array.isArray(parameters) ? parameters : []).map((raw) => {
    const parameter = nodeOf(raw)
    const schema = nodeOf(parameter.schema)
    const what = textOf(parameter.description) || textOf(schema.description)
    return `<tr><td><code>${escapeHtml(textOf(parameter.name))}</code></td><td>${escapeHtml(textOf(parameter.in))}</td><td>${escapeHtml(typeText(schema))}</td><td>${escapeHtml(what)}</td></tr>`
  })
  return rows.length > 0
    ? `<table><thead><tr><th>Parameter</th><th>In</th><th>Type</th><th></th></tr></thead><tbody>${rows.join('')}</tbody></table>`
    : ''
}

const schemaHtml = (title: string, schema: Node): string =>
  Object.keys(schema).length > 0 ? `<h4>${title}</h4><pre>${escapeHtml(typeText(schema))}</pre>` : ''

const answersHtml = (responses: unknown): string =>
  Object.entries(nodeOf(responses))
    .filter(([status]) => /^2/.test(status))
    .map(([status, response]) => schemaHtml(`Answer ${status}`, jsonSchemaOf(response)) || `<h4>Answer ${status}</h4>`)
    .join('')

const operationHtml = (method: string, path: string, operation: Node): string => {
  const paragraphs = textOf(operation.description)
    .split('\n\n')
    .filter(Boolean)
    .map((text) => `<p>${escapeHtml(text)}</p>`)
  return `<details id="${escapeHtml(`${method}${path}`.replace(/[^a-z0-9]+/gi, '-'))}">
<summary><b class="${method}">${method.toUpperCase()}</b> <code>${escapeHtml(path)}</code> <span>${escapeHtml(textOf(operation.summary))}</span></summary>
<div>${paragraphs.join('')}${parametersHtml(operation.parameters)}${schemaHtml('Body', jsonSchemaOf(operation.requestBody))}${answersHtml(operation.responses)}</div>
</details>`
}

const operationsByTag = (document: Node): Map<string, string[]> => {
  const byTag = new Map<string, string[]>()
  for (const [path, methods] of Object.entries(nodeOf(document.paths)))
    for (const [method, raw] of Object.entries(nodeOf(methods))) {
      const operation = nodeOf(raw)
      const tag = textOf(Array.isArray(operation.tags) ? operation.tags[0] : '') || 'Other'
      byTag.set(tag, [...(byTag.get(tag) ?? []), operationHtml(method, path, operation)])
    }
  return byTag
}

export const docsHtml = (document: unknown): string => {
  const root = nodeOf(document)
  const info = nodeOf(root.info)
  const sections = [...operationsByTag(root)]
  const links = sections.map(([tag]) => `<a href="#${encodeURIComponent(tag)}">${escapeHtml(tag)}</a>`)
  const intro = textOf(info.description)
    .split('\n\n')
    .map((text) => `<p>${escapeHtml(text)}</p>`)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(textOf(info.title))}</title><link rel="stylesheet" href="/api/docs.css"></head>
<body><nav><strong>${escapeHtml(textOf(info.title))}</strong><small>${escapeHtml(textOf(info.version))}</small>${links.join('')}<a href="/api/openapi.json">openapi.json</a></nav>
<main><h1>${escapeHtml(textOf(info.title))}</h1>${intro.join('')}
${sections.map(([tag, operations]) => `<section id="${encodeURIComponent(tag)}"><h2>${escapeHtml(tag)}</h2>${operations.join('')}</section>`).join('\n')}
</main></body></html>`
}

export const DOCS_CSS = `:root{color-scheme:light dark;--bg:light-dark(#fbfbfd,#15161b);--surface:light-dark(#fff,#1c1d24);--line:light-dark(#e3e4ea,#30323c);
--text:light-dark(#1c1d24,#e8e9ef);--muted:light-dark(#5f6270,#a0a3b1);--accent:light-dark(#4457d9,#93a0ff)}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:14px/1.5 system-ui,"PingFang SC","Noto Sans SC","Microsoft YaHei",sans-serif;display:grid;grid-template-columns:220px minmax(0,1fr)}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:24px 16px;border-right:1px solid var(--line);display:flex;flex-direction:column;gap:8px}
nav small{color:var(--muted);margin-bottom:8px}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
a:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:6px}
main{padding:32px 40px;max-width:960px}
h1{font-size:24px;margin:0 0 12px}h2{font-size:18px;margin:40px 0 12px}h4{margin:16px 0 4px;font-size:12px;color:var(--muted);text-transform:uppercase;letter-spacing:.04em}
details{background:var(--surface);border:1px solid var(--line);border-radius:10px;margin:8px 0}
summary{cursor:pointer;padding:10px 14px;display:flex;gap:10px;align-items:baseline;flex-wrap:wrap;list-style:none}
summary span{color:var(--muted)}summary b{font-size:12px;min-width:52px}
.get{color:light-dark(#0b7a4b,#5fd39b)}.post{color:var(--accent)}.patch{color:light-dark(#8a5a00,#e7b45a)}.delete{color:light-dark(#b3261e,#ff8a80)}
details>div{padding:0 14px 14px;border-top:1px solid var(--line)}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{background:var(--bg);border:1px solid var(--line);border-radius:6px;padding:12px;overflow:auto;margin:4px 0}
table{border-collapse:collapse;width:100%;margin-top:8px}th,td{text-align:left;padding:6px 8px;border-bottom:1px solid var(--line);vertical-align:top}th{font-size:12px;color:var(--muted);font-weight:500}
@media(max-width:760px){body{grid-template-columns:minmax(0,1fr)}nav{position:static;height:auto;flex-flow:row wrap;border:0;padding:16px}main{padding:16px}}
`
