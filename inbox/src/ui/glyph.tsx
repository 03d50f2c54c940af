import { Mail, MessageCircle, MessagesSquare, Smartphone, Webhook } from 'lucide-react'
import type { AccountBriefView } from '../../../src/views.ts'

export type GlyphName = AccountBriefView['glyph']

const ICONS = { chat: MessageCircle, sms: Smartphone, wechat: MessagesSquare, mail: Mail, hook: Webhook } as const

/** The sign of a channel. Never alone: the account's name stands beside. */
export function Glyph({ name, size = 14 }: { name: GlyphName; size?: number }) {
  const Icon = ICONS[name]
  return <Icon size={size} aria-hidden className="shrink-0" />
}

export function AccountTag({ account }: { account: Pick<AccountBriefView, 'glyph' | 'name'> }) {
  return (
    <span className="inline-flex min-w-0 items-center gap-1">
      <Glyph name={account.glyph} size={13} />
      <span className="truncate">{account.name}</span>
    </span>
  )
}
