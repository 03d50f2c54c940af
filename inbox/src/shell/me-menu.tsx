import { useNavigate } from '@tanstack/react-router'
import { LogOut, UserRound } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useChangeMe, useMe, useSignOut } from '../api/session.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Menu, MenuContent, MenuItem, MenuLabel, MenuLine, MenuTrigger } from '../ui/menu.tsx'
import { useToasts } from '../ui/toasts.tsx'

const CHOICES = ['online', 'away', 'offline'] as const
const DOTS = { online: 'bg-[#22a06b]', away: 'bg-[#d9942b]', offline: 'bg-[#8a91a3]' } as const

export function MeMenu() {
  const { t } = useTranslation()
  const me = useMe()
  const toasts = useToasts()
  const change = useChangeMe()
  const signOut = useSignOut()
  const navigate = useNavigate()
  const choose = (availability: (typeof CHOICES)[number]) =>
    change.mutate({ availability }, { onError: (error) => toasts.fail(t('me.notChanged'), error) })
  return (
    <Menu>
      <MenuTrigger asChild>
        <button
          type="button"
          aria-label={t('me.menu', { name: me.name, state: t(`availability.${me.availability}`) })}
          className="flex size-10 items-center justify-center rounded-full hover:bg-hover max-md:size-12"
        >
          <Avatar name={me.name} presence={me.availability} />
        </button>
      </MenuTrigger>
      <MenuContent side="right" align="end" className="w-72">
        <div className="px-2 pt-1.5 pb-2">
          <p className="truncate text-sm font-medium">{me.name}</p>
          <p className="truncate text-xs text-muted">{me.email}</p>
        </div>
        <MenuLine />
        <MenuLabel>{t('me.availability')}</MenuLabel>
        {CHOICES.map((choice) => (
          <MenuItem
            key={choice}
            checked={me.availability === choice}
            onSelect={() => choose(choice)}
            icon={<span aria-hidden className={`mx-1 size-2 rounded-full ${DOTS[choice]}`} />}
          >
            {t(`availability.${choice}`)}
            <span className="block text-xs text-faint">{t(`availability.${choice}Help`)}</span>
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem
          icon={<UserRound size={16} aria-hidden />}
          onSelect={() => void navigate({ to: '/settings/$section', params: { section: 'profile' } })}
        >
          {t('me.profile')}
        </MenuItem>
        <MenuItem icon={<LogOut size={16} aria-hidden />} onSelect={() => signOut.mutate()}>
          {t('me.signOut')}
        </MenuItem>
      </MenuContent>
    </Menu>
  )
}
