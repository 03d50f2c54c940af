import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Context, Hono } from 'hono'
import type { Env } from './context.ts'
import type { HttpDeps } from './deps.ts'
import { refuse } from './problem.ts'
import { accessOf } from './rights-table.ts'
import { createStaticFiles } from './static-files.ts'

const FOR_EVER = 'public, max-age=31536000, immutable'
const ASK_AGAIN = 'no-cache'

/** Other websites load these. */
const FOR_EVERY_SITE = { 'cross-origin-resource-policy': 'cross-origin', 'cache-control': ASK_AGAIN }

const defineWidget = (app: Hono<Env>, deps: HttpDeps) => {
  const files = createStaticFiles(path.join(deps.widgetDir, 'dist'))
  const serve = async (c: Context<Env>, name: string) =>
    (await files.serve(name, c.req.raw.headers, FOR_EVERY_SITE)) ??
    refuse(404, 'not_found', 'There is no such file of the widget.')

  accessOf('GET', '/widget.js')
  app.get('/widget.js', (c) => serve(c, 'widget.js'))
  accessOf('GET', '/widget/*')
  app.get('/widget/*', (c) => serve(c, c.req.path.slice('/widget/'.length)))
}

/** The account whose widget the demo page shows: the one asked for, else the first whose channel is a chat. */
const demoAccount = async (deps: HttpDeps, wanted: string | undefined): Promise<string | null> => {
  const chats = deps.channels.filter((channel) => channel.glyph === 'chat').map((channel) => channel.channel)
  if (chats.length === 0) return null
  const rows = await deps.db.kysely
    .selectFrom('accounts')
    .select('id')
    .where('channel', 'in', chats)
    .where('enabled', '=', 1)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  const found = wanted === undefined ? rows[0] : rows.find((row) => row.id === wanted)
  return found?.id ?? null
}

/** A website with a strict policy that has the widget on it, even when it was opened by another address of the hub. */
const demoPolicy = (deps: HttpDeps): string => {
  const { origin } = new URL(deps.config.publicUrl)
  const hub = `'self' ${origin}`
  return `default-src 'self'; script-src ${hub}; frame-src ${hub}; connect-src ${hub}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'`
}

const defineDemo = (app: Hono<Env>, deps: HttpDeps) => {
  accessOf('GET', '/demo')
  app.get('/demo', async (c) => {
    const account = await demoAccount(deps, c.req.query('account'))
    if (account === null)
      return refuse(
        404,
        'no_chat_account',
        'There is no website chat to show: add one in the settings and switch it on.',
      )
    const page = await readFile(path.join(deps.widgetDir, 'demo.html'), 'utf8')
    const html = page
      .replaceAll('{{ACCOUNT_ID}}', account)
      .replaceAll('{{HUB_ORIGIN}}', new URL(deps.config.publicUrl).origin)
    return c.html(html, 200, { 'cache-control': 'no-store', 'content-security-policy': demoPolicy(deps) })
  })
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return refuse(400, 'bad_address', 'This address is not well-formed: open the hub at its start page.')
  }
}

/** The inbox: its files, and its page for every other path, which its own router reads. */
const defineInbox = (app: Hono<Env>, deps: HttpDeps) => {
  const files = createStaticFiles(deps.inboxDir)
  accessOf('GET', '/*')
  app.get('/*', async (c) => {
    const name = decoded(c.req.path.slice(1))
    if (/^(api|hooks)\//.test(name) || /^sandbox(\/|$)/.test(name))
      return refuse(404, 'not_found', 'There is nothing at this address: see /api/docs.')
    const hashed = name.startsWith('assets/')
    const found =
      name === ''
        ? null
        : await files.serve(name, c.req.raw.headers, { 'cache-control': hashed ? FOR_EVER : ASK_AGAIN })
    if (found) return found
    if (hashed) return refuse(404, 'not_found', 'This file is of another version: load the page again.')
    const page = await files.serve('index.html', c.req.raw.headers, { 'cache-control': ASK_AGAIN })
    return page ?? refuse(503, 'inbox_not_built', 'The inbox is not built yet: "npm start" builds it.')
  })
}

export const definePages = (app: Hono<Env>, deps: HttpDeps): void => {
  defineWidget(app, deps)
  defineDemo(app, deps)
  const { sandbox } = deps
  if (sandbox) {
    accessOf('ALL', '/sandbox/*')
    app.all('/sandbox/*', (c) => sandbox(c.req.raw))
  }
  defineInbox(app, deps)
}
