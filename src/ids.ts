import { randomBytes, randomUUIDv7 } from 'node:crypto'
import type { SendKey } from './model.ts'

/** A new UUIDv7: sorts by creation time between milliseconds, not within one (order within a thread is `seq`). */
export const newId = <Id extends string>(): Id => randomUUIDv7() as Id

/** 24 characters of base64url: fits every provider's idempotency field (≤ 32 of [0-9A-Za-z_-]). */
export const newSendKey = (): SendKey => randomBytes(18).toString('base64url') as SendKey
