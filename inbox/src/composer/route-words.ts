import type { TFunction } from 'i18next'
import type { RouteView } from '../../../src/views.ts'
import { span } from '../format/time.ts'

export const routeKey = (route: Pick<RouteView, 'identityId' | 'accountId'>): string =>
  `${route.identityId}:${route.accountId}`

/** Why a way is closed now, in words with a way out. */
export const reasonWords = (route: RouteView, t: TFunction): string | null =>
  route.possible ? null : route.reason ? t(`route.${route.reason}`) : t('route.unknown')

/** What is left of a reply window: "31 h left · 4 messages left"; null where the channel has none. */
export function windowWords(route: RouteView, now: number, lang: string, t: TFunction): string | null {
  if (!route.possible || !route.window) return null
  const left = route.window.expiresAt - now
  if (left <= 0) return t('window.closed')
  const time = t('window.left', { span: span(left, lang) })
  return route.window.remaining === null ? time : `${time} · ${t('window.messages', { count: route.window.remaining })}`
}

/** The window is about to close: worth a colour. */
export const isClosing = (route: RouteView, now: number): boolean =>
  route.window !== null && (route.window.expiresAt - now < 3_600_000 || (route.window.remaining ?? 9) <= 1)

/** The way a reply takes: the one chosen by hand while it exists, else the first that is possible. */
export const pickRoute = (routes: RouteView[], chosen: string | null): RouteView | null =>
  routes.find((route) => routeKey(route) === chosen) ?? routes.find((route) => route.possible) ?? routes[0] ?? null
