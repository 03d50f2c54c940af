import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Navigate } from '@tanstack/react-router'
import { type ListFilter, VIEWS, type ViewName } from './api/shapes.ts'
import { InboxPage } from './inbox/inbox-page.tsx'
import { Home } from './shell/home.tsx'
import { Shell } from './shell/shell.tsx'
import { ThreadSlot } from './thread/thread-slot.tsx'

/** The filters of a list live in the address, so that a view can be reloaded and shared. */
export type ListSearch = Omit<ListFilter, 'view'>

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined

const listSearch = (raw: Record<string, unknown>): ListSearch => ({
  status: raw.status === 'open' || raw.status === 'pending' ? raw.status : undefined,
  account: text(raw.account),
  team: text(raw.team),
  assignee: text(raw.assignee),
  label: text(raw.label),
  q: text(raw.q),
  sort: raw.sort === 'waiting' ? 'waiting' : undefined,
})

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: () => <Navigate to="/" replace /> })

const homeRoute = createRoute({ getParentRoute: () => rootRoute, path: '/', component: Home })

const inboxRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/inbox/$view',
  validateSearch: listSearch,
  params: {
    parse: ({ view }) => ({ view: VIEWS.find((name) => name === view) ?? ('mine' as ViewName) }),
    stringify: ({ view }) => ({ view }),
  },
  component: InboxPage,
})

const threadRoute = createRoute({ getParentRoute: () => inboxRoute, path: '$conversationId', component: ThreadSlot })

const peopleRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/people',
  validateSearch: (raw: Record<string, unknown>): { q?: string | undefined } => ({ q: text(raw.q) }),
  component: lazyRouteComponent(() => import('./people/people-page.tsx'), 'PeoplePage'),
})

const personRoute = createRoute({
  getParentRoute: () => peopleRoute,
  path: '$contactId',
  component: lazyRouteComponent(() => import('./people/person-page.tsx'), 'PersonPage'),
})

const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings/settings-page.tsx'), 'SettingsPage'),
})

const sectionRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: '$section',
  component: lazyRouteComponent(() => import('./settings/settings-section.tsx'), 'SettingsSection'),
})

const routeTree = rootRoute.addChildren([
  homeRoute,
  inboxRoute.addChildren([threadRoute]),
  peopleRoute.addChildren([personRoute]),
  settingsRoute.addChildren([sectionRoute]),
])

export const createAppRouter = () => createRouter({ routeTree, defaultPreload: false, scrollRestoration: false })

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
