import { useNavigate, useParams } from '@tanstack/react-router'
import {
  Check,
  Inbox,
  type LucideIcon,
  MoonStar,
  RotateCcw,
  Settings,
  SquarePen,
  UserRound,
  UserRoundPlus,
} from 'lucide-react'
import { Dialog } from 'radix-ui'
import { type KeyboardEvent, useDeferredValue, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useContactList } from '../api/contacts.ts'
import { useChangeConversation, useConversation } from '../api/conversations.ts'
import { useAgents } from '../api/directory.ts'
import { useMe } from '../api/session.ts'
import { VIEWS } from '../api/shapes.ts'
import { personName } from '../person/person-details.tsx'
import { chooseTheme } from '../theme.ts'
import { cx } from '../ui/class-names.ts'
import { useShell } from './shell-context.ts'

interface Command {
  id: string
  label: string
  group: 'conversation' | 'go' | 'people'
  icon: LucideIcon
  run(): void
}

export function Palette({ open, onClose }: { open: boolean; onClose(): void }) {
  const { t } = useTranslation()
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-(--scrim)" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-50 flex max-h-[60vh] w-[min(560px,calc(100vw-24px))] -translate-x-1/2 animate-in flex-col overflow-hidden rounded-panel border bg-raised shadow-float outline-none"
        >
          <Dialog.Title className="sr-only">{t('palette.title')}</Dialog.Title>
          <Body onClose={onClose} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function useGoCommands(): Command[] {
  const { t } = useTranslation()
  const me = useMe()
  const navigate = useNavigate()
  const { startConversation } = useShell()
  const hasInbox = me.role !== 'marketer'
  const views: Command[] = VIEWS.map((view) => ({
    id: `view-${view}`,
    label: t('palette.view', { view: t(`view.${view}`) }),
    group: 'go',
    icon: Inbox,
    run: () => void navigate({ to: '/inbox/$view', params: { view }, search: {} }),
  }))
  return [
    ...(hasInbox ? views : []),
    {
      id: 'people',
      label: t('nav.people'),
      group: 'go',
      icon: UserRound,
      run: () => void navigate({ to: '/people', search: {} }),
    },
    {
      id: 'settings',
      label: t('nav.settings'),
      group: 'go',
      icon: Settings,
      run: () => void navigate({ to: '/settings' }),
    },
    ...(hasInbox
      ? [
          {
            id: 'start',
            label: t('start.title'),
            group: 'go',
            icon: SquarePen,
            run: () => startConversation(null),
          } as const,
        ]
      : []),
    {
      id: 'theme',
      label: t('palette.theme'),
      group: 'go',
      icon: MoonStar,
      run: () => chooseTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'),
    },
  ]
}

function useConversationCommands(id: string | undefined): Command[] {
  const { t } = useTranslation()
  const change = useChangeConversation()
  const agents = useAgents().data ?? []
  const conversation = useConversation(id ?? '').data
  if (!id || !conversation) return []
  const resolved = conversation.status === 'resolved'
  return [
    {
      id: 'resolve',
      label: t(resolved ? 'thread.reopen' : 'thread.resolve'),
      group: 'conversation',
      icon: resolved ? RotateCcw : Check,
      run: () => change.mutate({ id, change: { status: resolved ? 'open' : 'resolved' } }),
    },
    ...agents
      .filter((agent) => !agent.disabled && agent.role !== 'marketer')
      .map(
        (agent): Command => ({
          id: `assign-${agent.id}`,
          label: t('palette.assign', { name: agent.name }),
          group: 'conversation',
          icon: UserRoundPlus,
          run: () => change.mutate({ id, change: { assigneeId: agent.id } }),
        }),
      ),
  ]
}

function usePeople(q: string): Command[] {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const contacts = useContactList(q, q.length > 1)
  const found = q.length > 1 ? (contacts.data?.pages[0]?.items ?? []) : []
  return found.slice(0, 6).map((contact) => ({
    id: contact.id,
    label: personName(contact) ?? t('person.unnamed'),
    group: 'people',
    icon: UserRound,
    run: () => void navigate({ to: '/people/$contactId', params: { contactId: contact.id }, search: {} }),
  }))
}

function Body({ onClose }: { onClose(): void }) {
  const { t } = useTranslation()
  const { conversationId } = useParams({ strict: false })
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const q = useDeferredValue(typed.trim())
  const own = [...useConversationCommands(conversationId), ...useGoCommands()]
  const people = usePeople(q)
  const fits = (command: Command) => command.label.toLocaleLowerCase().includes(q.toLocaleLowerCase())
  const commands = [...own.filter(fits), ...people]
  const chosen = Math.min(at, commands.length - 1)
  const run = (command: Command | undefined) => {
    if (!command) return
    onClose()
    command.run()
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) {
      event.preventDefault()
      setAt((chosen + step + commands.length) % Math.max(1, commands.length))
    }
    if (event.key === 'Enter') run(commands[chosen])
  }
  return (
    <>
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={commands[chosen] ? `palette-${commands[chosen].id}` : undefined}
        aria-label={t('palette.title')}
        placeholder={t('palette.placeholder')}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value)
          setAt(0)
        }}
        onKeyDown={onKey}
        className="h-12 shrink-0 border-b bg-transparent px-4 text-base outline-none"
      />
      <div
        id="palette-list"
        role="listbox"
        aria-label={t('palette.title')}
        className="thin-scroll min-h-0 flex-1 overflow-y-auto p-1.5"
      >
        {commands.length === 0 && <p className="px-3 py-8 text-center text-sm text-muted">{t('palette.none')}</p>}
        {commands.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keyboard
          <div
            key={command.id}
            id={`palette-${command.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            ref={index === chosen ? (node) => node?.scrollIntoView({ block: 'nearest' }) : undefined}
            onClick={() => run(command)}
            onPointerMove={() => setAt(index)}
            className={cx(
              'flex min-h-9 cursor-pointer items-center gap-2.5 rounded-control px-2.5 text-sm max-md:min-h-11',
              index === chosen && 'bg-hover',
            )}
          >
            <command.icon size={16} aria-hidden className="shrink-0 text-muted" />
            <span className="min-w-0 flex-1 truncate">{command.label}</span>
            {commands[index - 1]?.group !== command.group && (
              <span className="shrink-0 text-xs text-faint">{t(`palette.group.${command.group}`)}</span>
            )}
          </div>
        ))}
      </div>
    </>
  )
}
