import { Link, Navigate, Outlet, useParams } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useMe, useSession } from '../api/session.ts'
import { cx } from '../ui/class-names.ts'
import { SECTION_ICONS, sectionsOf } from './sections.ts'

export function SettingsPage() {
  const { t } = useTranslation()
  const { section } = useParams({ strict: false })
  const session = useSession()
  const sections = sectionsOf(useMe().role)
  const isPhone = window.matchMedia('(max-width: 767px)').matches
  if (!section && !isPhone)
    return (
      <Navigate
        to="/settings/$section"
        params={{ section: sections.includes('accounts') ? 'accounts' : 'profile' }}
        replace
      />
    )
  return (
    <div className="flex h-full">
      <section
        aria-label={t('nav.settings')}
        className={cx('flex w-full shrink-0 flex-col bg-bg md:w-56 md:border-r', section && 'max-md:hidden')}
      >
        <h1 className="px-5 pt-4 pb-3 text-lg font-semibold">{t('nav.settings')}</h1>
        <nav aria-label={t('nav.settings')} className="flex flex-col gap-0.5 px-2">
          {sections.map((name) => {
            const Icon = SECTION_ICONS[name]
            return (
              <Link
                key={name}
                to="/settings/$section"
                params={{ section: name }}
                aria-current={section === name ? 'page' : undefined}
                className={cx(
                  'control flex items-center gap-2.5 rounded-control px-3 text-sm font-medium',
                  section === name ? 'bg-selected text-accent-ink' : 'text-muted hover:bg-hover hover:text-text',
                )}
              >
                <Icon size={16} aria-hidden />
                <span className="flex-1">{t(`settings.${name}`)}</span>
                <ChevronRight size={16} aria-hidden className="md:hidden" />
              </Link>
            )
          })}
        </nav>
        <p className="mt-auto px-5 py-4 text-xs text-faint">Onethread {session.version}</p>
      </section>
      <div className={cx('thin-scroll h-full min-w-0 flex-1 overflow-y-auto bg-surface', !section && 'max-md:hidden')}>
        <Outlet />
      </div>
    </div>
  )
}
