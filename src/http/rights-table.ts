import type { Role } from '../model.ts'

/**
 * Who may call what: the one table, by method and path. A route that is not in it cannot be registered. Whether it is
 * one of *their* conversations is decided behind it (conversations/rights.ts).
 *
 * Administrators may do everything. Supervisors see every conversation and account and manage teams and labels, but
 * neither accounts (they hold secrets), agents (they hold roles) nor dead letters (they hold raw payloads). Agents have
 * their conversations and all contacts. Marketers have contacts. Everybody may read the names that stand beside things.
 * Tokens: everybody has their own; administrators see and revoke all.
 */
export type Access = 'public' | readonly Role[]

const EVERYBODY = ['administrator', 'supervisor', 'agent', 'marketer'] as const
const INBOX = ['administrator', 'supervisor', 'agent'] as const
const LEADERS = ['administrator', 'supervisor'] as const
const ADMINISTRATORS = ['administrator'] as const

export const RIGHTS = {
  'POST /api/auth/sign-in/email': 'public',
  'POST /api/auth/sign-out': 'public',
  'GET /api/openapi.json': 'public',
  'GET /api/docs': 'public',
  'GET /api/docs.css': 'public',

  'GET /api/v1/me': EVERYBODY,
  'PATCH /api/v1/me': EVERYBODY,
  'POST /api/v1/me/password': EVERYBODY,
  'GET /api/v1/events': EVERYBODY,

  'GET /api/v1/conversations': INBOX,
  'POST /api/v1/conversations': INBOX,
  'GET /api/v1/conversations/counts': INBOX,
  'GET /api/v1/conversations/:id': INBOX,
  'PATCH /api/v1/conversations/:id': INBOX,
  'POST /api/v1/conversations/:id/read': INBOX,
  'POST /api/v1/conversations/:id/typing': INBOX,
  'GET /api/v1/conversations/:id/messages': INBOX,
  'POST /api/v1/conversations/:id/messages': INBOX,
  'GET /api/v1/conversations/:id/routes': INBOX,
  'POST /api/v1/deliveries/:id/retry': INBOX,
  'POST /api/v1/attachments': INBOX,
  'GET /api/v1/attachments/:id': INBOX,

  'GET /api/v1/contacts': EVERYBODY,
  'POST /api/v1/contacts': EVERYBODY,
  'GET /api/v1/contacts/:id': EVERYBODY,
  'PATCH /api/v1/contacts/:id': EVERYBODY,
  'GET /api/v1/contacts/:id/conversations': INBOX,
  'GET /api/v1/contacts/:id/routes': EVERYBODY,
  'POST /api/v1/contacts/:id/identities': EVERYBODY,
  'POST /api/v1/contacts/:id/join': INBOX,
  'POST /api/v1/joins/:id/undo': INBOX,

  'GET /api/v1/channels': EVERYBODY,
  'GET /api/v1/accounts': EVERYBODY,
  'POST /api/v1/accounts': ADMINISTRATORS,
  'GET /api/v1/accounts/:id': LEADERS,
  'PATCH /api/v1/accounts/:id': ADMINISTRATORS,
  'DELETE /api/v1/accounts/:id': ADMINISTRATORS,
  'POST /api/v1/accounts/:id/logout': ADMINISTRATORS,

  'GET /api/v1/teams': EVERYBODY,
  'POST /api/v1/teams': LEADERS,
  'PATCH /api/v1/teams/:id': LEADERS,
  'DELETE /api/v1/teams/:id': LEADERS,
  'GET /api/v1/agents': EVERYBODY,
  'POST /api/v1/agents': ADMINISTRATORS,
  'PATCH /api/v1/agents/:id': ADMINISTRATORS,
  'GET /api/v1/labels': EVERYBODY,
  'POST /api/v1/labels': LEADERS,
  'PATCH /api/v1/labels/:id': LEADERS,
  'DELETE /api/v1/labels/:id': LEADERS,
  'GET /api/v1/tokens': EVERYBODY,
  'POST /api/v1/tokens': EVERYBODY,
  'DELETE /api/v1/tokens/:id': EVERYBODY,
  'GET /api/v1/dead-letters': ADMINISTRATORS,
  'POST /api/v1/dead-letters/:id/replay': ADMINISTRATORS,

  'GET /healthz': 'public',
  'GET /readyz': 'public',
  /** Asks for itself: this machine, or an administrator's token. */
  'GET /metrics': 'public',
  /** Providers prove themselves to the account's adapter. */
  'ALL /hooks/:account/*': 'public',
  'GET /widget.js': 'public',
  'GET /widget/*': 'public',
  'GET /demo': 'public',
  'ALL /sandbox/*': 'public',
  'GET /*': 'public',
} as const satisfies Record<string, Access>

export type RouteKey = keyof typeof RIGHTS

/** Throws for a route that nobody thought about. */
export const accessOf = (method: string, path: string): Access => {
  const access = (RIGHTS as Record<string, Access>)[`${method} ${path}`]
  if (!access) throw new Error(`${method} ${path} has no line in src/http/rights-table.ts: say who may call it.`)
  return access
}

export const allows = (access: Access, role: Role): boolean => access === 'public' || access.includes(role)
