import { Link, useRouterState } from '@tanstack/react-router'
import { FlaskConical, Inbox, Keyboard, type LucideIcon, Settings, Users } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../api/session.ts'
import { IconButton } from '../ui/button.tsx'
import { cx } from '../ui/class-names.ts'
import { Tip } from '../ui/tip.tsx'
import { Logo } from './logo.tsx'
import { MeMenu } from './me-menu.tsx'
import { useShell } from './shell-context.ts'

/** Along the left edge; along the bottom on a phone, where it makes room for an open conversation. */
export function Nav() {
  const { t } = useTranslation()
  const { agent: me, sandbox } = useSession()
  const { openShortcuts } = useShell()
  const path = useRouterState({ select: (state) => state.location.pathname })
  const deep = /^\/(inbox|people|settings)\/[^/]+\/?[^/]*/.test(path) && !/^\/inbox\/[^/]+\/?$/.test(path)
  return (
    <nav
      aria-label={t('nav.label')}
      className={cx(
        'flex shrink-0 items-center border-line bg-bg max-md:h-14 max-md:justify-around max-md:border-t max-md:px-2 md:w-14 md:flex-col md:gap-1 md:border-r md:py-3',
        deep && 'max-md:hidden',
      )}
    >
      <Link to="/" aria-label="Onethread" className="mb-3 rounded-control max-md:hidden">
        <Logo />
      </Link>
      {me.role !== 'marketer' && <Item to="/" section="/inbox" icon={Inbox} label={t('nav.inbox')} path={path} />}
      <Item to="/people" section="/people" icon={Users} label={t('nav.people')} path={path} />
      <Item to="/settings" section="/settings" icon={Settings} label={t('nav.settings')} path={path} />
      <div className="flex-1 max-md:hidden" />
      {sandbox && <SandboxItem />}
      <IconButton
        icon={Keyboard}
        label={t('nav.shortcuts')}
        shortcut="?"
        side="right"
        onClick={openShortcuts}
        className="max-md:hidden"
      />
      <MeMenu />
    </nav>
  )
}

/** The customers' side, in another tab. */
function SandboxItem() {
  const { t } = useTranslation()
  return (
    <Tip text={t('nav.openSandbox')} side="right">
      <a
        href="/sandbox"
        target="_blank"
        rel="noreferrer"
        aria-label={t('nav.openSandbox')}
        className="flex size-10 items-center justify-center rounded-panel text-muted transition-colors duration-120 hover:bg-hover hover:text-text max-md:hidden"
      >
        <FlaskConical size={18} aria-hidden />
      </a>
    </Tip>
  )
}

interface ItemProps {
  to: '/' | '/people' | '/settings'
  section: string
  icon: LucideIcon
  label: string
  path: string
}

function Item({ to, section, icon: Icon, label, path }: ItemProps) {
  const active = path.startsWith(section)
  return (
    <Tip text={label} side="right">
      <Link
        to={to}
        aria-label={label}
        aria-current={active ? 'page' : undefined}
        className={cx(
          'flex size-10 items-center justify-center rounded-panel transition-colors duration-120 max-md:size-12 max-md:flex-col max-md:gap-0.5',
          active ? 'bg-selected text-accent-ink' : 'text-muted hover:bg-hover hover:text-text',
        )}
      >
        <Icon size={18} aria-hidden />
        <span className="text-xs md:hidden">{label}</span>
      </Link>
    </Tip>
  )
}
