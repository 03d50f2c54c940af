import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** What the hub counts beside the requests it answers. `position`: how far the ingest is. */
export const createMetrics = (position: () => number) => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const received = new Counter({
    name: 'onethread_received_total',
    help: 'Events taken from channels.',
    labelNames: ['channel', 'kind'],
    registers: [registry],
  })
  const refused = new Counter({
    name: 'onethread_webhooks_refused_total',
    help: 'Webhooks that were not authentic.',
    labelNames: ['account'],
    registers: [registry],
  })
  const sent = new Histogram({
    name: 'onethread_send_seconds',
    help: 'How long providers took to answer a send, by outcome.',
    labelNames: ['channel', 'outcome'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers: [registry],
  })
  new Gauge({
    name: 'onethread_ingest_position',
    help: 'Sequence number up to which what was received is applied.',
    registers: [registry],
    collect() {
      this.set(position())
    },
  })
  return { registry, received, refused, sent }
}

export type Metrics = ReturnType<typeof createMetrics>
