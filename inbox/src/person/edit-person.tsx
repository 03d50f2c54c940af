import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ContactView } from '../../../src/views.ts'
import { wordsOf } from '../api/client.ts'
import { useChangeContact } from '../api/contacts.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Input, Select } from '../ui/field.tsx'

const LEVELS = [0, 1, 2, 3] as const

export function EditPerson({ contact, onClose }: { contact: ContactView; onClose(): void }) {
  const { t } = useTranslation()
  const save = useChangeContact(contact.id)
  const [name, setName] = useState(contact.name ?? '')
  const [language, setLanguage] = useState(contact.language ?? '')
  const [timeZone, setTimeZone] = useState(contact.timeZone ?? '')
  const [vipLevel, setVipLevel] = useState(contact.vipLevel)
  const submit = () =>
    save.mutate(
      { name: name.trim() || null, language: language.trim() || null, timeZone: timeZone || null, vipLevel },
      { onSuccess: onClose },
    )
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('person.edit')}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" form="edit-person" variant="primary" busy={save.isPending}>
            {t('common.save')}
          </Button>
        </>
      }
    >
      <form
        id="edit-person"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Field label={t('person.name')}>
          {(field) => <Input {...field} value={name} autoFocus onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label={t('person.language')} help={t('person.languageHelp')}>
          {(field) => (
            <Input
              {...field}
              value={language}
              placeholder="zh-CN"
              onChange={(event) => setLanguage(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('person.timeZone')}>
          {(field) => (
            <Select {...field} value={timeZone} onChange={(event) => setTimeZone(event.target.value)}>
              <option value="">{t('person.unknown')}</option>
              {Intl.supportedValuesOf('timeZone').map((zone) => (
                <option key={zone} value={zone}>
                  {zone}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t('person.vipLevel')} help={t('person.vipHelp')}>
          {(field) => (
            <Select {...field} value={vipLevel} onChange={(event) => setVipLevel(Number(event.target.value))}>
              {LEVELS.map((level) => (
                <option key={level} value={level}>
                  {level === 0 ? t('person.noVip') : t('person.vip', { level })}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {save.isError && (
          <p role="alert" className="text-sm text-danger">
            {wordsOf(save.error, t)}
          </p>
        )}
      </form>
    </Dialog>
  )
}
