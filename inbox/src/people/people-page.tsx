import { Outlet, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { Search, UserRoundPlus, Users } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ContactView } from '../../../src/views.ts'
import { wordsOf } from '../api/client.ts'
import { useAddContact, useContactList } from '../api/contacts.ts'
import { personName } from '../person/person-details.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { cx } from '../ui/class-names.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Input } from '../ui/field.tsx'
import { Bone, Empty, Failed } from '../ui/states.tsx'

const ROW_HEIGHT = 60
const TYPING_PAUSE_MS = 250

export function PeoplePage() {
  const { t } = useTranslation()
  const { contactId } = useParams({ strict: false })
  const [adding, setAdding] = useState(false)
  return (
    <div className="flex h-full">
      <section
        aria-label={t('nav.people')}
        className={cx(
          'flex w-full shrink-0 flex-col bg-surface md:w-80 md:border-r lg:w-85',
          contactId && 'max-md:hidden',
        )}
      >
        <header className="flex flex-col gap-2 border-b px-3 pt-3 pb-2.5">
          <div className="flex items-center justify-between pl-1">
            <h1 className="text-lg font-semibold">{t('nav.people')}</h1>
            <IconButton icon={UserRoundPlus} label={t('people.add')} onClick={() => setAdding(true)} />
          </div>
          <SearchBox />
        </header>
        <People openId={contactId ?? null} />
      </section>
      <div className={cx('h-full min-w-0 flex-1 bg-surface', !contactId && 'max-md:hidden')}>
        {contactId ? <Outlet /> : <Empty icon={Users} title={t('people.none')} text={t('people.noneHelp')} />}
      </div>
      {adding && <AddPerson onClose={() => setAdding(false)} />}
    </div>
  )
}

function SearchBox() {
  const { t } = useTranslation()
  const { q } = useSearch({ from: '/people' })
  const navigate = useNavigate()
  const [typed, setTyped] = useState(q ?? '')
  useEffect(() => {
    const next = typed.trim() || undefined
    if (next === q) return
    const timer = setTimeout(() => void navigate({ to: '.', search: { q: next }, replace: true }), TYPING_PAUSE_MS)
    return () => clearTimeout(timer)
  }, [typed, q, navigate])
  return (
    <div className="relative">
      <Search
        size={15}
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-faint"
      />
      <input
        type="search"
        aria-label={t('people.search')}
        placeholder={t('people.search')}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        className="control w-full rounded-control border border-transparent bg-sunken pr-3 pl-8 text-sm hover:border-line focus-visible:border-accent"
      />
    </div>
  )
}

function People({ openId }: { openId: string | null }) {
  const { t } = useTranslation()
  const { q } = useSearch({ from: '/people' })
  const list = useContactList(q ?? '')
  const items = list.data?.pages.flatMap((page) => page.items) ?? []
  if (list.isPending)
    return (
      <div role="status" aria-label={t('common.loading')}>
        {Array.from({ length: 9 }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: bones have no identity
          <div key={index} className="flex h-15 items-center gap-2.5 px-4">
            <Bone className="size-8 rounded-full" />
            <Bone className="h-4 w-1/2" />
          </div>
        ))}
      </div>
    )
  if (list.isError && items.length === 0) return <Failed error={list.error} onRetry={() => void list.refetch()} />
  if (items.length === 0)
    return (
      <Empty
        icon={Users}
        title={q ? t('people.noMatch') : t('people.empty')}
        text={q ? t('people.noMatchHelp') : t('people.emptyHelp')}
      />
    )
  return <Rows items={items} list={list} openId={openId} />
}

function Rows({
  items,
  list,
  openId,
}: {
  items: ContactView[]
  list: ReturnType<typeof useContactList>
  openId: string | null
}) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    getItemKey: (index) => items[index]?.id ?? index,
  })
  const lastShown = rows.getVirtualItems().at(-1)?.index ?? 0
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lastShown >= items.length - 10) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, lastShown, items.length])
  return (
    <div ref={scroller} className="thin-scroll min-h-0 flex-1 overflow-y-auto">
      <ul className="relative" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => {
          const contact = items[row.index]
          if (!contact) return null
          const name = personName(contact) ?? t('person.unnamed')
          return (
            <li
              key={row.key}
              className="absolute inset-x-0 top-0"
              style={{ height: row.size, transform: `translateY(${row.start}px)` }}
            >
              <button
                type="button"
                aria-current={contact.id === openId ? 'true' : undefined}
                onClick={() =>
                  void navigate({
                    to: '/people/$contactId',
                    params: { contactId: contact.id },
                    search: (old) => old as never,
                  })
                }
                className={cx(
                  'flex h-full w-full items-center gap-2.5 border-b border-line/70 px-4 text-left outline-offset-[-2px]',
                  contact.id === openId ? 'bg-selected' : 'hover:bg-hover/70',
                )}
              >
                <Avatar name={name} />
                <span className="min-w-0 flex-1">
                  <span className="block truncate text-sm font-medium">{name}</span>
                  <span className="block truncate text-xs text-muted">
                    {contact.identities.map((identity) => identity.address).join(' · ') || t('person.noIdentities')}
                  </span>
                </span>
                {contact.vipLevel > 0 && (
                  <span className="shrink-0 text-xs font-semibold text-warn">
                    {t('person.vip', { level: contact.vipLevel })}
                  </span>
                )}
              </button>
            </li>
          )
        })}
      </ul>
    </div>
  )
}

function AddPerson({ onClose }: { onClose(): void }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const add = useAddContact()
  const [name, setName] = useState('')
  const submit = () =>
    add.mutate(
      { name: name.trim() },
      {
        onSuccess: (contact) => {
          onClose()
          void navigate({ to: '/people/$contactId', params: { contactId: contact.id }, search: {} })
        },
      },
    )
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('people.add')}
      description={t('people.addHelp')}
      footer={
        <Button type="submit" form="add-person" variant="primary" busy={add.isPending} disabled={!name.trim()}>
          {t('common.add')}
        </Button>
      }
    >
      <form
        id="add-person"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Field label={t('person.name')} error={add.isError ? wordsOf(add.error, t) : null}>
          {(field) => <Input {...field} autoFocus value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
      </form>
    </Dialog>
  )
}
