import { Outlet } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useMe } from '../api/session.ts'
import { OutgoingProvider } from '../composer/use-outgoing.tsx'
import { createTypingStore } from '../live/typing.ts'
import { useLive } from '../live/use-live.ts'
import { ConnectionBanner } from './connection-banner.tsx'
import { Nav } from './nav.tsx'
import { Palette } from './palette.tsx'
import { ShellContext } from './shell-context.ts'
import { ShortcutSheet } from './shortcut-sheet.tsx'
import { useShortcuts } from './shortcuts.ts'
import { StartConversation } from './start-conversation.tsx'
import { TitleCount } from './title-count.tsx'

type Overlay = 'palette' | 'shortcuts' | null

/** The frame around every page: navigation, the live connection, and what opens from anywhere. */
export function Shell() {
  const me = useMe()
  const typing = useMemo(() => createTypingStore(me.id), [me.id])
  const connection = useLive(me.id, typing)
  const [overlay, setOverlay] = useState<Overlay>(null)
  const [starting, setStarting] = useState<{ contactId: string | null } | null>(null)
  const context = useMemo(
    () => ({
      typing,
      openPalette: () => setOverlay('palette'),
      openShortcuts: () => setOverlay('shortcuts'),
      startConversation: (contactId: string | null) => setStarting({ contactId }),
    }),
    [typing],
  )
  useShortcuts({ 'mod+k': context.openPalette, '?': context.openShortcuts })
  return (
    <OutgoingProvider>
      <ShellContext value={context}>
        <div className="flex h-dvh flex-col">
          <ConnectionBanner connection={connection} />
          <div className="flex min-h-0 flex-1 max-md:flex-col-reverse">
            <Nav />
            <main className="min-h-0 min-w-0 flex-1">
              <Outlet />
            </main>
          </div>
        </div>
        <TitleCount />
        <Palette open={overlay === 'palette'} onClose={() => setOverlay(null)} />
        <ShortcutSheet open={overlay === 'shortcuts'} onClose={() => setOverlay(null)} />
        {starting && <StartConversation contactId={starting.contactId} onClose={() => setStarting(null)} />}
      </ShellContext>
    </OutgoingProvider>
  )
}
