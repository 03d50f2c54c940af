import { measureAtRest } from './at-rest.ts'
import { measureEmail } from './email.ts'
import type { Figure } from './figures.ts'
import { measureInbound } from './inbound.ts'
import type { Bench } from './main.ts'
import { measureReply } from './reply.ts'
import { measureSizes } from './sizes.ts'
import { measureSse } from './sse.ts'

/** All measurements in the order in which they run. */
export const MEASUREMENTS: { ids: string[]; measure(bench: Bench): Promise<Figure[]> }[] = [
  { ids: ['inbound'], measure: measureInbound },
  { ids: ['reply'], measure: measureReply },
  { ids: ['email'], measure: measureEmail },
  { ids: ['sse'], measure: measureSse },
  { ids: ['start', 'memory'], measure: measureAtRest },
  { ids: ['loader', 'widget', 'inbox'], measure: measureSizes },
]
