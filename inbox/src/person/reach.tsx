import { CircleCheck, CircleSlash } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { RouteView } from '../../../src/views.ts'
import { useContactRoutes } from '../api/contacts.ts'
import { useRoutes } from '../api/conversations.ts'
import { RouteLine } from '../composer/route-picker.tsx'
import { routeKey } from '../composer/route-words.ts'
import { useNow } from '../format/use-now.ts'
import { Glyph } from '../ui/glyph.tsx'
import { Bone } from '../ui/states.tsx'

/** The ways to reach somebody now, and of the closed ones why. In a thread they are the composer's own. */
export function Reach({ contactId, conversationId }: { contactId: string; conversationId: string | null }) {
  return conversationId ? <OfConversation id={conversationId} /> : <OfContact id={contactId} />
}

function OfConversation({ id }: { id: string }) {
  return <Ways routes={useRoutes(id).data} />
}

function OfContact({ id }: { id: string }) {
  return <Ways routes={useContactRoutes(id).data} />
}

function Ways({ routes }: { routes: RouteView[] | undefined }) {
  const { t } = useTranslation()
  const now = useNow()
  if (!routes) return <Bone className="h-10" />
  if (routes.length === 0) return <p className="text-sm text-muted">{t('person.noWay')}</p>
  return (
    <ul className="flex flex-col gap-2.5">
      {routes.map((route) => (
        <li key={routeKey(route)} className="flex gap-2 text-sm">
          <span className="mt-0.5 text-muted">
            <Glyph name={route.glyph} size={16} />
          </span>
          <span className="min-w-0 flex-1">
            <RouteLine route={route} now={now} />
          </span>
          {route.possible ? (
            <CircleCheck size={15} aria-label={t('person.possible')} className="mt-0.5 shrink-0 text-ok" />
          ) : (
            <CircleSlash size={15} aria-label={t('person.impossible')} className="mt-0.5 shrink-0 text-faint" />
          )}
        </li>
      ))}
    </ul>
  )
}
