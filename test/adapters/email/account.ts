import { parse } from 'valibot'
import type { AnyAdapter } from '../../../adapters/contract.ts'
import { email } from '../../../adapters/email/index.ts'
import type { Cursor } from '../../../src/model.ts'
import { type Pump, pumpReceivers } from '../../contract/receivers.ts'
import { type TestContext, testContext } from '../../support/adapter-context.ts'
import { RecordingSink } from '../../support/recording-sink.ts'

/** A running mail account without the rest of the hub. */
export interface RunningAccount {
  adapter: AnyAdapter
  context: TestContext
  sink: RecordingSink
  pump: Pump
  stop(): Promise<void>
}

export async function runAccount(config: Record<string, unknown>, sink = new RecordingSink()): Promise<RunningAccount> {
  const context = await testContext()
  const adapter = email.create(parse(email.config, config), context)
  await adapter.start(sink)
  const pump = pumpReceivers(resuming(adapter, sink.cursor), sink)
  return {
    adapter,
    context,
    sink,
    pump,
    stop: async () => {
      await Promise.all([pump.stop(), adapter.stop()])
      await context.close()
    },
  }
}

/** Starts from the bookmark an earlier run left, as the hub does after a restart. */
function resuming(adapter: AnyAdapter, cursor: Cursor | null): AnyAdapter {
  const receivers = adapter.receivers.map((receiver) =>
    receiver.mode === 'stream'
      ? {
          ...receiver,
          run: (from: Cursor | null, ...rest: Tail<typeof receiver.run>) => receiver.run(from ?? cursor, ...rest),
        }
      : receiver,
  )
  return { ...adapter, receivers }
}

type Tail<Run extends (...args: never[]) => unknown> = Parameters<Run> extends [unknown, ...infer Rest] ? Rest : never
