import { useTranslation } from 'react-i18next'
import { Dialog } from '../ui/dialog.tsx'
import { shown } from './shortcuts.ts'

const KEYS = [
  ['next', 'j'],
  ['previous', 'k'],
  ['search', '/'],
  ['reply', 'r'],
  ['note', 'n'],
  ['send', 'mod+enter'],
  ['resolve', 'e'],
  ['assign', 'a'],
  ['assignMe', 'i'],
  ['snooze', 'z'],
  ['label', 'l'],
  ['palette', 'mod+k'],
  ['sheet', '?'],
] as const

export function ShortcutSheet({ open, onClose }: { open: boolean; onClose(): void }) {
  const { t } = useTranslation()
  return (
    <Dialog open={open} onClose={onClose} title={t('nav.shortcuts')}>
      <dl className="grid gap-x-8 md:grid-cols-2">
        {KEYS.map(([name, combo]) => (
          <div key={name} className="flex items-center justify-between gap-3 py-1.5 text-sm">
            <dt>{t(`shortcut.${name}`)}</dt>
            <dd>
              <kbd className="inline-flex min-w-6 justify-center rounded border border-line bg-sunken px-1.5 py-0.5 font-sans text-xs text-muted">
                {shown(combo)}
              </kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
