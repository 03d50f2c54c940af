import { Plus, Tag } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { LabelView } from '../../../src/views.ts'
import { wordsOf } from '../api/client.ts'
import { useLabels } from '../api/directory.ts'
import { keys } from '../api/keys.ts'
import { Button } from '../ui/button.tsx'
import { cx } from '../ui/class-names.ts'
import { Confirm, Dialog } from '../ui/dialog.tsx'
import { Field, Input } from '../ui/field.tsx'
import { Empty } from '../ui/states.tsx'
import { Loaded, RowList, SectionFrame } from './section-frame.tsx'
import { useSettingChange } from './use-settings.ts'

const COLORS = ['#4f5bd5', '#1f8a5b', '#c97a12', '#c93a34', '#2b7fc4', '#8e44ad', '#b8478c', '#6b7280'] as const

export function Labels() {
  const { t } = useTranslation()
  const [editing, setEditing] = useState<LabelView | 'new' | null>(null)
  return (
    <SectionFrame
      title={t('settings.labels')}
      text={t('label.help')}
      action={
        <Button variant="primary" icon={Plus} onClick={() => setEditing('new')}>
          {t('label.add')}
        </Button>
      }
    >
      <Loaded query={useLabels()} empty={<Empty icon={Tag} title={t('label.none')} text={t('label.noneHelp')} />}>
        {(labels) => (
          <RowList>
            {labels.map((label) => (
              <li key={label.id} className="relative flex h-12 items-center gap-3 px-4 hover:bg-hover/50">
                <span aria-hidden className="size-3 rounded-full" style={{ background: label.color }} />
                <button
                  type="button"
                  onClick={() => setEditing(label)}
                  className="min-w-0 truncate text-left font-medium after:absolute after:inset-0"
                >
                  {label.name}
                </button>
              </li>
            ))}
          </RowList>
        )}
      </Loaded>
      {editing && <LabelDialog label={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </SectionFrame>
  )
}

function LabelDialog({ label, onClose }: { label: LabelView | null; onClose(): void }) {
  const { t } = useTranslation()
  const save = useSettingChange(keys.labels, true)
  const [name, setName] = useState(label?.name ?? '')
  const [color, setColor] = useState<string>(label?.color ?? COLORS[0])
  const [asking, setAsking] = useState(false)
  const submit = () =>
    save.mutate(
      {
        path: label ? `/labels/${label.id}` : '/labels',
        method: label ? 'PATCH' : 'POST',
        body: { name: name.trim(), color },
      },
      { onSuccess: onClose },
    )
  return (
    <Dialog
      open
      onClose={onClose}
      title={label ? label.name : t('label.add')}
      footer={
        <>
          {label && (
            <Button variant="danger" onClick={() => setAsking(true)}>
              {t('common.remove')}
            </Button>
          )}
          <span className="flex-1" />
          <Button type="submit" form="label-form" variant="primary" busy={save.isPending} disabled={!name.trim()}>
            {t('common.save')}
          </Button>
        </>
      }
    >
      <form
        id="label-form"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Field label={t('profile.name')} error={save.isError ? wordsOf(save.error, t) : null}>
          {(field) => (
            <Input {...field} required autoFocus value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <fieldset>
          <legend className="mb-1.5 text-sm font-medium">{t('label.color')}</legend>
          <div className="flex flex-wrap gap-2">
            {COLORS.map((one, index) => (
              <button
                key={one}
                type="button"
                aria-label={t('label.colorNumber', { number: index + 1 })}
                aria-pressed={color === one}
                onClick={() => setColor(one)}
                style={{ background: one }}
                className={cx(
                  'size-8 rounded-full',
                  color === one && 'ring-2 ring-accent ring-offset-2 ring-offset-raised',
                )}
              />
            ))}
          </div>
        </fieldset>
      </form>
      {label && (
        <Confirm
          open={asking}
          onClose={() => setAsking(false)}
          title={t('label.removeTitle', { name: label.name })}
          text={t('label.removeText')}
          action={t('label.removeAction')}
          onConfirm={() => save.mutate({ path: `/labels/${label.id}`, method: 'DELETE' }, { onSuccess: onClose })}
        />
      )}
    </Dialog>
  )
}
