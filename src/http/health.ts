import type { Hono } from 'hono'
import { isFromThisMachine } from './client-ip.ts'
import type { Env } from './context.ts'
import type { HttpDeps } from './deps.ts'
import type { Identify } from './identify.ts'
import { refuse } from './problem.ts'
import { accessOf } from './rights-table.ts'

/**
 * For those who watch over the hub. `/metrics` says how busy it is and about whom, so it answers this machine (a
 * scraper beside it) or an administrator (`Authorization: Bearer <token>`).
 */
export const defineHealth = (app: Hono<Env>, deps: HttpDeps, identify: Identify): void => {
  accessOf('GET', '/healthz')
  app.get('/healthz', (c) => c.json({ status: 'ok', version: deps.config.version }))

  accessOf('GET', '/readyz')
  app.get('/readyz', async (c) => {
    const { ok, checks } = await deps.ready()
    return c.json({ status: ok ? 'ready' : 'not ready', checks }, ok ? 200 : 503)
  })

  accessOf('GET', '/metrics')
  app.get('/metrics', async (c) => {
    if (!isFromThisMachine(c)) {
      const viewer = await identify(c)
      if (viewer.role !== 'administrator')
        refuse(403, 'role_not_allowed', 'Only administrators read the metrics: use a token of one.')
    }
    return c.body(await deps.metrics.metrics(), 200, { 'content-type': deps.metrics.contentType })
  })
}
