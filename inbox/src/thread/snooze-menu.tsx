import { AlarmClock } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { moment } from '../format/time.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Input } from '../ui/field.tsx'
import { Menu, MenuContent, MenuItem, MenuLine, MenuTrigger } from '../ui/menu.tsx'
import { fieldValue, snoozeTimes } from './snooze-times.ts'

interface SnoozeProps {
  open: boolean
  onOpen(open: boolean): void
  onSnooze(until: number, words: string): void
}

export function SnoozeMenu({ open, onOpen, onSnooze }: SnoozeProps) {
  const { t, i18n } = useTranslation()
  const [picking, setPicking] = useState(false)
  const now = Date.now()
  const snooze = (until: number) => onSnooze(until, moment(until, Date.now(), i18n.language))
  return (
    <>
      <Menu open={open} onOpenChange={onOpen}>
        <MenuTrigger asChild>
          <IconButton icon={AlarmClock} label={t('snooze.title')} shortcut="Z" />
        </MenuTrigger>
        <MenuContent align="end" className="w-64">
          {snoozeTimes(now).map(({ name, at }) => (
            <MenuItem key={name} hint={moment(at, now, i18n.language)} onSelect={() => snooze(at)}>
              {t(`snooze.${name}`)}
            </MenuItem>
          ))}
          <MenuLine />
          <MenuItem onSelect={() => setPicking(true)}>{t('snooze.pick')}</MenuItem>
        </MenuContent>
      </Menu>
      {picking && (
        <PickTime
          onClose={() => setPicking(false)}
          onPick={(until) => {
            setPicking(false)
            snooze(until)
          }}
        />
      )}
    </>
  )
}

function PickTime({ onClose, onPick }: { onClose(): void; onPick(until: number): void }) {
  const { t } = useTranslation()
  const [value, setValue] = useState(() => fieldValue(Date.now() + 86_400_000))
  const until = new Date(value).getTime()
  const valid = until > Date.now() + 60_000
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('snooze.pickTitle')}
      footer={
        <Button variant="primary" disabled={!valid} onClick={() => onPick(until)}>
          {t('snooze.action')}
        </Button>
      }
    >
      <Field label={t('snooze.until')} error={valid ? null : t('snooze.past')}>
        {(field) => (
          <Input {...field} type="datetime-local" value={value} onChange={(event) => setValue(event.target.value)} />
        )}
      </Field>
    </Dialog>
  )
}
