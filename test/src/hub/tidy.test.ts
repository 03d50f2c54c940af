import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tidyUp } from '../../../src/hub/tidy.ts'
import { newId } from '../../../src/ids.ts'
import { type MediaStore, openMediaStore } from '../../../src/media.ts'
import type { MediaId } from '../../../src/model.ts'
import { inbound, startTestCore, type TestCore } from '../../support/core.ts'

const DAY_MS = 24 * 3_600_000

let t: TestCore
let folder: string
let media: MediaStore
beforeAll(async () => {
  t = await startTestCore('sqlite')
  folder = await mkdtemp(path.join(os.tmpdir(), 'onethread-tidy-'))
  media = await openMediaStore(folder)
})
afterAll(async () => {
  await t.close()
  await rm(folder, { recursive: true, force: true })
})

const put = async (text: string) => {
  const ref = await media.put(Buffer.from(text), { name: `${text}.txt`, mimeType: 'text/plain' })
  if (ref.state !== 'stored') throw new Error('the file was refused')
  return ref
}

const upload = async (id: MediaId, at: number) => {
  await t.db.kysely
    .insertInto('attachments')
    .values({
      id: newId<string>(),
      message_id: null,
      media_id: id,
      name: 'upload.txt',
      mime_type: 'text/plain',
      size: 1,
      content_id: null,
      state: 'stored',
      remote_ref: null,
      failure: null,
      uploaded_by: null,
      created_at: at,
    })
    .execute()
}

test('what nobody sent goes after two days; what a message has stays', async () => {
  const now = Date.now()
  const [sent, dropped, loose] = [await put('sent'), await put('dropped'), await put('loose')]
  await t.receive(inbound(t.accounts.sms, '+8613800000001', 'a file', { media: [sent] }))
  await t.settled()
  await upload(dropped.id, now)

  await tidyUp(t.db, media, now + DAY_MS / 2)
  expect(await media.has(loose.id)).toBe(true)

  await tidyUp(t.db, media, now + 3 * DAY_MS)
  expect([await media.has(sent.id), await media.has(dropped.id), await media.has(loose.id)]).toEqual([
    true,
    false,
    false,
  ])
})
