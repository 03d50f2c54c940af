import { Navigate } from '@tanstack/react-router'
import { useMe } from '../api/session.ts'

/** Where each role begins its day. */
export function Home() {
  const me = useMe()
  if (me.role === 'marketer') return <Navigate to="/people" replace />
  const view = me.role === 'agent' ? 'mine' : 'all'
  return <Navigate to="/inbox/$view" params={{ view }} search={{}} replace />
}
