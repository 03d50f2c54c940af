import type { Hono } from 'hono'
import { generateSpecs } from 'hono-openapi'
import type { Env } from './context.ts'
import { DOCS_CSS, docsHtml } from './docs-page.ts'
import { accessOf } from './rights-table.ts'

const DESCRIPTION = `One customer, one thread: every channel's messages in one model.

Send a token as \`Authorization: Bearer …\` (make one in the settings, or by \`POST /api/v1/tokens\`); it acts as the agent who made it. The inbox uses a session cookie, and the header \`X-Onethread: 1\` with everything that changes something.

Times are UTC milliseconds. Lists answer \`{ items, nextCursor }\`: send \`nextCursor\` as \`cursor\` for the next page. A POST with an \`Idempotency-Key\` (or a message's \`clientId\`) is done once, however often it is sent within a day. Errors are \`application/problem+json\` (RFC 9457) with a stable \`code\` and a \`detail\` that says what to do.

\`GET /api/v1/events\` is a stream of server-sent events; it goes on after \`Last-Event-ID\`, and says \`reset\` when what was missed is no longer kept.`

/** The OpenAPI document and its page. Registered last, when every route is there. */
export const defineDocumentation = (app: Hono<Env>, version: string): void => {
  let made: Promise<unknown> | null = null
  const document = () => {
    made ??= generateSpecs(app, {
      documentation: {
        openapi: '3.1.0',
        info: { title: 'Onethread API', version, description: DESCRIPTION },
        components: {
          securitySchemes: {
            token: { type: 'http', scheme: 'bearer' },
            session: { type: 'apiKey', in: 'cookie', name: 'onethread.session_token' },
          },
        },
        security: [{ token: [] }, { session: [] }],
      },
    })
    return made
  }

  accessOf('GET', '/api/openapi.json')
  app.get('/api/openapi.json', async (c) => c.json((await document()) as object, 200, { 'cache-control': 'no-cache' }))
  accessOf('GET', '/api/docs')
  app.get('/api/docs', async (c) => c.html(docsHtml(await document()), 200, { 'cache-control': 'no-cache' }))
  accessOf('GET', '/api/docs.css')
  app.get('/api/docs.css', (c) => c.body(DOCS_CSS, 200, { 'content-type': 'text/css; charset=utf-8' }))
}
