import { ChevronDown } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { RouteView } from '../../../src/views.ts'
import { useNow } from '../format/use-now.ts'
import { cx } from '../ui/class-names.ts'
import { Glyph } from '../ui/glyph.tsx'
import { Menu, MenuContent, MenuItem, MenuLabel, MenuTrigger } from '../ui/menu.tsx'
import { isClosing, reasonWords, routeKey, windowWords } from './route-words.ts'

interface PickerProps {
  routes: RouteView[]
  route: RouteView
  onPick(route: RouteView): void
}

/** Which way the reply goes, with every other way and the reason why it is closed. */
export function RoutePicker({ routes, route, onPick }: PickerProps) {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const left = windowWords(route, now, i18n.language, t)
  return (
    <Menu>
      <MenuTrigger asChild>
        <button
          type="button"
          className="control inline-flex max-w-full min-w-0 items-center gap-1.5 rounded-control px-2 text-sm hover:bg-hover"
        >
          <span className="sr-only">{t('composer.ways')}</span>
          <Glyph name={route.glyph} />
          <span className="truncate font-medium">{route.accountName}</span>
          {left && (
            <span
              className={cx(
                'figures shrink-0 text-xs max-md:hidden',
                isClosing(route, now) ? 'font-medium text-warn' : 'text-faint',
              )}
            >
              {left}
            </span>
          )}
          <ChevronDown size={14} aria-hidden className="shrink-0 text-muted" />
        </button>
      </MenuTrigger>
      <MenuContent align="end" className="w-80">
        <MenuLabel>{t('composer.ways')}</MenuLabel>
        {routes.map((one) => (
          <MenuItem
            key={routeKey(one)}
            disabled={!one.possible}
            checked={routeKey(one) === routeKey(route)}
            icon={<Glyph name={one.glyph} size={16} />}
            onSelect={() => onPick(one)}
          >
            <RouteLine route={one} now={now} />
          </MenuItem>
        ))}
      </MenuContent>
    </Menu>
  )
}

export function RouteLine({ route, now }: { route: RouteView; now: number }) {
  const { t, i18n } = useTranslation()
  const reason = reasonWords(route, t)
  const left = windowWords(route, now, i18n.language, t)
  return (
    <>
      <span className="block truncate font-medium">{route.accountName}</span>
      <span className="block truncate text-xs text-faint">{route.displayName ?? route.address}</span>
      {reason && <span className="mt-0.5 block text-xs text-muted">{reason}</span>}
      {reason && route.evidence && <span className="block text-xs text-muted">“{route.evidence}”</span>}
      {left && (
        <span className={cx('figures mt-0.5 block text-xs', isClosing(route, now) ? 'text-warn' : 'text-muted')}>
          {left}
        </span>
      )}
    </>
  )
}
