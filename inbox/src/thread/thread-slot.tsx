import { useParams } from '@tanstack/react-router'
import { ThreadPage } from './thread-page.tsx'

/** A thread of its own for each conversation: nothing of the one before stays behind. */
export function ThreadSlot() {
  const { conversationId } = useParams({ from: '/inbox/$view/$conversationId' })
  return <ThreadPage key={conversationId} id={conversationId} />
}
