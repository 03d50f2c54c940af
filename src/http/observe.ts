import type { MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import { Histogram, type Registry } from 'prom-client'
import { clientIpOf } from './client-ip.ts'
import type { Env } from './context.ts'
import type { HttpDeps } from './deps.ts'

const BUCKETS_S = [0.001, 0.005, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]

const NAME = 'onethread_http_request_seconds'

const histogramOf = (registry: Registry): Histogram => {
  const known = registry.getSingleMetric(NAME)
  if (known instanceof Histogram) return known
  return new Histogram({
    name: NAME,
    help: 'Time to answer a request, by route.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_S,
    registers: [registry],
  })
}

const levelOf = (status: number): 'error' | 'info' | 'debug' =>
  status >= 500 ? 'error' : status >= 400 ? 'info' : 'debug'

/** Measures and logs requests: path without query, no headers, no bodies, because those hold secrets. */
export const observe = (deps: Pick<HttpDeps, 'metrics' | 'log'>): MiddlewareHandler<Env> => {
  const histogram = histogramOf(deps.metrics)
  return async (c, next) => {
    const from = performance.now()
    c.set('clientIp', clientIpOf(c))
    await next()
    const ms = performance.now() - from
    const { status } = c.res
    histogram.observe({ method: c.req.method, route: routePath(c), status }, ms / 1000)
    const level = levelOf(status)
    const agent = c.get('viewer')?.agentId
    deps.log[level](
      { method: c.req.method, path: c.req.path, status, ms: Math.round(ms * 10) / 10, ip: c.get('clientIp'), agent },
      'request',
    )
  }
}
