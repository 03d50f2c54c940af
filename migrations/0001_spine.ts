import { type Kysely, sql } from 'kysely'

/**
 * The spine. Portable between SQLite and PostgreSQL: ids are text (UUIDv7), times are bigint UTC milliseconds,
 * JSON is text, booleans are 0 or 1. The only numbers the database gives out are `seq` columns.
 */
export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  const seq = sql.raw(
    dialect === 'sqlite' ? 'integer primary key autoincrement' : 'bigint generated always as identity primary key',
  )
  const statements = [
    // —— people who work here ——
    sql`create table teams (id text primary key, name text not null unique, created_at bigint not null)`,
    sql`create table agents (
      id text primary key, email text not null unique, name text not null, role text not null,
      capacity integer not null, availability text not null, connected integer not null default 0,
      available_since bigint, last_assigned_at bigint, last_seen_at bigint,
      language text, disabled_at bigint, created_at bigint not null)`,
    sql`create table team_members (
      team_id text not null references teams(id) on delete cascade,
      agent_id text not null references agents(id) on delete cascade, primary key (team_id, agent_id))`,
    sql`create index team_members_agent on team_members(agent_id)`,

    // —— channels ——
    sql`create table accounts (
      id text primary key, channel text not null, name text not null, config text not null,
      team_id text references teams(id), enabled integer not null, sandbox integer not null default 0,
      health text not null, health_at bigint not null, created_at bigint not null, updated_at bigint not null)`,
    sql`create table account_cursors (
      account_id text not null references accounts(id) on delete cascade, receiver text not null,
      cursor text not null, primary key (account_id, receiver))`,

    // —— customers ——
    sql`create table contacts (
      id text primary key, name text, language text, time_zone text, vip_level integer not null default 0,
      attributes text not null default '{}', joined_into text references contacts(id),
      created_at bigint not null, updated_at bigint not null)`,
    sql`create index contacts_updated on contacts(updated_at, id)`,
    sql`create table identities (
      id text primary key, contact_id text not null references contacts(id),
      account_id text not null references accounts(id), channel text not null,
      space text not null, address text not null, display_name text, verified integer not null,
      thread text, last_seen_at bigint, window_expires_at bigint, window_remaining integer,
      created_at bigint not null, unique (space, address))`,
    sql`create index identities_contact on identities(contact_id)`,
    sql`create table contact_joins (
      id text primary key, winner_id text not null references contacts(id),
      loser_id text not null references contacts(id), agent_id text references agents(id),
      moved text not null, created_at bigint not null, undone_at bigint)`,
    sql`create index contact_joins_winner on contact_joins(winner_id)`,
    sql`create table consents (
      id text primary key, contact_id text not null references contacts(id),
      identity_id text references identities(id), channel text not null,
      purpose text not null, state text not null, evidence text not null, at bigint not null)`,
    sql`create index consents_contact on consents(contact_id, channel, purpose)`,
    sql`create table suppressions (
      space text not null, address text not null, account_id text not null, reason text not null,
      evidence text not null, at bigint not null, primary key (space, address, account_id))`,

    // —— conversations ——
    sql`create table conversations (
      id text primary key, contact_id text not null references contacts(id),
      account_id text not null references accounts(id), identity_id text not null references identities(id),
      team_id text references teams(id), assignee_id text references agents(id), assigned_at bigint,
      status text not null, priority text not null, subject text,
      waiting_since bigint, unread integer not null default 0, snoozed_until bigint,
      preview text not null default '', preview_direction text not null default 'in',
      last_message_at bigint not null, last_seq bigint not null default 0,
      created_at bigint not null, updated_at bigint not null, resolved_at bigint)`,
    sql`create index conversations_contact on conversations(contact_id, status)`,
    sql`create index conversations_status on conversations(status, last_message_at, id)`,
    sql`create index conversations_assignee on conversations(assignee_id, status)`,
    sql`create index conversations_queue on conversations(team_id, status, assignee_id)`,
    sql`create table messages (
      seq ${seq}, id text not null unique, conversation_id text not null references conversations(id),
      account_id text references accounts(id), identity_id text references identities(id),
      direction text not null, author_id text references agents(id), text text not null, html text,
      subject text, quoted_from integer, automatic integer not null default 0,
      thread text, remote_id text, reply_to text, withdrawn_at bigint,
      sent_at bigint not null, created_at bigint not null)`,
    sql`create index messages_conversation on messages(conversation_id, seq)`,
    sql`create unique index messages_remote on messages(account_id, remote_id)`,
    sql`create index messages_identity on messages(identity_id, seq)`,
    sql`create table attachments (
      id text primary key, message_id text references messages(id), media_id text,
      name text not null, mime_type text not null, size bigint, content_id text,
      state text not null, remote_ref text, failure text, uploaded_by text references agents(id),
      created_at bigint not null)`,
    sql`create index attachments_message on attachments(message_id)`,
    sql`create index attachments_media on attachments(media_id)`,
    sql`create table labels (id text primary key, name text not null unique, color text not null, created_at bigint not null)`,
    sql`create table conversation_labels (
      conversation_id text not null references conversations(id) on delete cascade,
      label_id text not null references labels(id) on delete cascade, primary key (conversation_id, label_id))`,
    sql`create index conversation_labels_label on conversation_labels(label_id)`,
    sql`create table events (
      seq ${seq}, id text not null unique, conversation_id text references conversations(id),
      contact_id text references contacts(id), type text not null, actor_id text, data text not null, at bigint not null)`,
    sql`create index events_conversation on events(conversation_id, seq)`,
    sql`create index events_contact on events(contact_id, seq)`,

    // —— the ledger ——
    sql`create table deliveries (
      seq ${seq}, id text not null unique, message_id text not null references messages(id),
      conversation_id text not null references conversations(id), account_id text not null references accounts(id),
      identity_id text not null references identities(id), send_key text not null unique, lane text not null,
      state text not null, failure text, attempts integer not null default 0, next_attempt_at bigint,
      decision text not null, planned_at bigint not null, accepted_at bigint, delivered_at bigint, read_at bigint,
      ended_at bigint)`,
    sql`create index deliveries_message on deliveries(message_id)`,
    sql`create index deliveries_identity on deliveries(identity_id, state)`,
    sql`create table delivery_remotes (
      account_id text not null, remote_id text not null, delivery_id text not null references deliveries(id),
      primary key (account_id, remote_id))`,
    sql`create index delivery_remotes_delivery on delivery_remotes(delivery_id)`,
    sql`create table delivery_attempts (
      delivery_id text not null references deliveries(id), attempt integer not null,
      node text not null, started_at bigint not null, ended_at bigint, outcome text, failure text, primary key (delivery_id, attempt))`,
    sql`create table receipts (
      account_id text not null, id text not null, remote_id text, send_key text, status text not null,
      failure text, at bigint not null, applied integer not null, primary key (account_id, id))`,
    sql`create index receipts_remote on receipts(account_id, remote_id)`,

    // —— machinery ——
    sql`create table timers (
      kind text not null, key text not null, due_at bigint not null, data text not null,
      claimed_until bigint, primary key (kind, key))`,
    sql`create index timers_due on timers(due_at)`,
    sql`create table outbox (seq ${seq}, node text not null, subject text not null, payload text not null, created_at bigint not null)`,
    sql`create table ingest_cursors (partition integer primary key, stream text not null, seq bigint not null)`,
    sql`create table dead_letters (
      id text primary key, account_id text, stage text not null, payload text not null, error text not null,
      created_at bigint not null, replayed_at bigint)`,
    sql`create table idempotency (
      agent_id text not null, key text not null, request_hash text not null, status integer, body text,
      created_at bigint not null, primary key (agent_id, key))`,
    sql`create table settings (key text primary key, value text not null)`,
  ]
  for (const statement of statements) await statement.execute(db)
}
