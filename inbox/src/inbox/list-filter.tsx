import { ListFilter as FilterIcon, X } from 'lucide-react'
import { Popover } from 'radix-ui'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useDirectory } from '../api/directory.ts'
import type { ListFilter } from '../api/shapes.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { cx } from '../ui/class-names.ts'
import { Field, Select } from '../ui/field.tsx'
import { FLOAT } from '../ui/menu.tsx'
import { useInbox } from './inbox-context.ts'
import { useSetFilter } from './list-head.tsx'

const FIELDS = ['status', 'account', 'team', 'assignee', 'label'] as const
type FieldName = (typeof FIELDS)[number]

const CLEARED = { status: undefined, account: undefined, team: undefined, assignee: undefined, label: undefined }

/** The choices of each field, as (value, name). */
function useChoices(): Record<FieldName, [string, string][]> {
  const { t } = useTranslation()
  const directory = useDirectory()
  const named = (map: Map<string, { id: string; name: string }>): [string, string][] =>
    [...map.values()].map(({ id, name }) => [id, name])
  return {
    status: [
      ['open', t('status.open')],
      ['pending', t('status.pending')],
    ],
    account: named(directory.accounts),
    team: named(directory.teams),
    assignee: named(directory.agents),
    label: named(directory.labels),
  }
}

const offered = (filter: ListFilter): FieldName[] =>
  FIELDS.filter(
    (name) =>
      (name !== 'status' || (filter.view !== 'snoozed' && filter.view !== 'resolved')) &&
      (name !== 'assignee' || (filter.view !== 'mine' && filter.view !== 'unassigned')),
  )

export function FilterMenu() {
  const { t } = useTranslation()
  const { filter } = useInbox()
  const setFilter = useSetFilter()
  const choices = useChoices()
  const active = FIELDS.filter((name) => filter[name]).length
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <IconButton
          icon={FilterIcon}
          label={t('filter.title')}
          className={cx(active > 0 && 'bg-selected text-accent-ink')}
        />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          aria-label={t('filter.title')}
          align="end"
          sideOffset={6}
          collisionPadding={8}
          className={cx(FLOAT, 'flex w-72 flex-col gap-3 p-4')}
        >
          {offered(filter).map((name) => (
            <Field key={name} label={t(`filter.${name}`)}>
              {(field) => (
                <Select
                  {...field}
                  value={filter[name] ?? ''}
                  onChange={(event) => setFilter({ [name]: event.target.value || undefined })}
                >
                  <option value="">{t('filter.any')}</option>
                  {choices[name].map(([value, label]) => (
                    <option key={value} value={value}>
                      {label}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
          ))}
          <Field label={t('filter.sort')}>
            {(field) => (
              <Select
                {...field}
                value={filter.sort ?? 'recent'}
                onChange={(event) => setFilter({ sort: event.target.value === 'waiting' ? 'waiting' : undefined })}
              >
                <option value="recent">{t('filter.recent')}</option>
                <option value="waiting">{t('filter.waiting')}</option>
              </Select>
            )}
          </Field>
          {active > 0 && <Button onClick={() => setFilter(CLEARED)}>{t('filter.clear')}</Button>}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

export function FilterChips() {
  const { t } = useTranslation()
  const { filter } = useInbox()
  const setFilter = useSetFilter()
  const choices = useChoices()
  const set = FIELDS.filter((name) => filter[name])
  if (set.length === 0 && !filter.sort) return null
  const nameOf = (name: FieldName) => choices[name].find(([value]) => value === filter[name])?.[1] ?? '…'
  return (
    <div className="flex flex-wrap gap-1">
      {set.map((name) => (
        <Chip
          key={name}
          onDrop={() => setFilter({ [name]: undefined })}
          label={t('filter.drop', { name: nameOf(name) })}
        >
          {nameOf(name)}
        </Chip>
      ))}
      {filter.sort && (
        <Chip onDrop={() => setFilter({ sort: undefined })} label={t('filter.drop', { name: t('filter.waiting') })}>
          {t('filter.waiting')}
        </Chip>
      )}
    </div>
  )
}

function Chip({ onDrop, label, children }: { onDrop(): void; label: string; children: ReactNode }) {
  return (
    <button
      type="button"
      aria-label={label}
      onClick={onDrop}
      className="inline-flex h-6 max-w-full items-center gap-1 rounded-full bg-selected pr-1.5 pl-2.5 text-xs font-medium text-accent-ink hover:bg-hover max-md:h-9"
    >
      <span className="truncate">{children}</span>
      <X size={12} aria-hidden className="shrink-0" />
    </button>
  )
}
