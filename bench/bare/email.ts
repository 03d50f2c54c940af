import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Database from 'better-sqlite3'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { serve } from '../worker.ts'

/** The barest way of a mail: taken by SMTP, parsed, one row, 250. */

const folder = await mkdtemp(path.join(tmpdir(), 'bench-bare-'))
const db = new Database(path.join(folder, 'bare.db'))
db.pragma('journal_mode = WAL')
db.pragma('synchronous = NORMAL')
db.exec('create table mails (id text primary key, sender text, subject text, text text) without rowid')
const insert = db.prepare('insert or ignore into mails (id, sender, subject, text) values (?, ?, ?, ?)')

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  logger: false,
  onData(stream, _session, done) {
    simpleParser(stream).then((mail) => {
      insert.run(mail.messageId ?? '', mail.from?.text ?? '', mail.subject ?? '', mail.text ?? '')
      done()
    }, done)
  },
})
await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))

serve({ port: () => (server.server.address() as AddressInfo).port }, async () => {
  server.close()
  db.close()
  await rm(folder, { recursive: true, force: true })
})
