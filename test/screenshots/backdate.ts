import path from 'node:path'
import Database from 'better-sqlite3'

const MINUTE = 60_000

interface Stamped {
  table: string
  /** The column that leads to the conversation. */
  by: string
  columns: string[]
}

const STAMPED: Stamped[] = [
  { table: 'messages', by: 'conversation_id', columns: ['sent_at', 'created_at'] },
  { table: 'events', by: 'conversation_id', columns: ['at'] },
  {
    table: 'deliveries',
    by: 'conversation_id',
    columns: ['planned_at', 'accepted_at', 'delivered_at', 'read_at', 'ended_at'],
  },
  {
    table: 'conversations',
    by: 'id',
    columns: ['created_at', 'last_message_at', 'waiting_since', 'assigned_at', 'resolved_at'],
  },
]

/**
 * Makes a morning of what was said in a few seconds: each conversation's last word falls `minutesAgo`, and the words
 * before it further apart. For pictures only, while the hub does not run.
 */
export function backdate(dataDir: string, minutesAgo: ReadonlyMap<string, number>): void {
  const db = new Database(path.join(dataDir, 'hub.db'))
  const last = db.prepare('select max(created_at) as at from messages where conversation_id = ?')
  const spread = db.transaction(() => {
    for (const [id, minutes] of minutesAgo) {
      const { at: end } = last.get(id) as { at: number | null }
      if (end === null) continue
      const shift = Date.now() - minutes * MINUTE
      for (const { table, by, columns } of STAMPED) {
        const set = columns.map((name) => `${name} = round(@shift - (@end - ${name}) * @factor)`).join(', ')
        db.prepare(`update ${table} set ${set} where ${by} = @id`).run({ id, end, shift, factor: FACTOR })
      }
    }
  })
  spread()
  // Mail tells its time in whole seconds: stretched, it would stand before what it answers.
  db.exec(`
    update messages set sent_at = created_at;
    update identities set last_seen_at =
      (select max(created_at) from messages where identity_id = identities.id and direction = 'in')
      where last_seen_at is not null;
  `)
  db.close()
}

/** A second of the play becomes half a minute of the morning. */
const FACTOR = 30
