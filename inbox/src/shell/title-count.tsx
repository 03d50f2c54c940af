import { useEffect } from 'react'
import { useConversationList } from '../api/conversations.ts'
import { useMe } from '../api/session.ts'

/** Unread messages of the agent's own conversations stand in the title of the tab. */
export function TitleCount() {
  return useMe().role === 'marketer' ? null : <UnreadTitle />
}

function UnreadTitle() {
  const mine = useConversationList({ view: 'mine' })
  const unread = (mine.data?.pages ?? []).flatMap((page) => page.items).reduce((sum, item) => sum + item.unread, 0)
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Onethread` : 'Onethread'
  }, [unread])
  return null
}
