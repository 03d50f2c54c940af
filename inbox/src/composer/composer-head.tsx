import { LockKeyhole } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { RouteView } from '../../../src/views.ts'
import { cx } from '../ui/class-names.ts'
import type { Draft } from './draft.ts'
import { RoutePicker } from './route-picker.tsx'
import { routeKey } from './route-words.ts'

interface HeadProps {
  draft: Draft
  routes: RouteView[] | null
  route: RouteView | null
  change(fields: Partial<Draft>): void
  /** Switches and puts the cursor into the box. */
  choose(kind: Draft['kind']): void
}

const KINDS = ['reply', 'note'] as const

export const focusKind = (composer: HTMLElement | null, kind: Draft['kind']): void =>
  composer?.querySelector<HTMLElement>(`[role="tab"][data-kind="${kind}"]`)?.focus()

export function ComposerHead({ draft, routes, route, change, choose }: HeadProps) {
  const { t } = useTranslation()
  return (
    <div className="flex items-center gap-1 px-1.5 pt-1.5">
      <div role="tablist" aria-label={t('composer.kind')} className="flex gap-0.5">
        {KINDS.map((kind) => (
          <button
            key={kind}
            type="button"
            role="tab"
            data-kind={kind}
            aria-selected={draft.kind === kind}
            tabIndex={draft.kind === kind ? 0 : -1}
            onKeyDown={(event) => {
              if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
              const other = kind === 'reply' ? 'note' : 'reply'
              change({ kind: other })
              focusKind(event.currentTarget.parentElement, other)
            }}
            onClick={() => choose(kind)}
            className={cx(
              'control rounded-control px-2.5 text-sm font-medium',
              draft.kind !== kind && 'text-muted hover:bg-text/5 hover:text-text',
              draft.kind === kind && (kind === 'note' ? 'bg-warn text-surface' : 'bg-text/8 text-text'),
            )}
          >
            {t(`composer.${kind}`)}
          </button>
        ))}
      </div>
      <div className="ml-auto min-w-0">
        {draft.kind === 'note' && (
          <p className="flex items-center gap-1 px-2 text-xs font-medium text-warn">
            <LockKeyhole size={12} aria-hidden />
            {t('composer.noteHelp')}
          </p>
        )}
        {draft.kind === 'reply' && routes && route && (
          <RoutePicker routes={routes} route={route} onPick={(picked) => change({ route: routeKey(picked) })} />
        )}
      </div>
    </div>
  )
}
