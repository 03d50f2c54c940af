import { useMutation } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, wordsOf } from '../api/client.ts'
import { useChangeMe, useMe } from '../api/session.ts'
import { LANGUAGES, speak } from '../i18n.ts'
import { chooseTheme, chosenTheme, THEMES } from '../theme.ts'
import { Button } from '../ui/button.tsx'
import { Field, Input, Select } from '../ui/field.tsx'
import { useToasts } from '../ui/toasts.tsx'
import { SectionFrame } from './section-frame.tsx'

export function Profile() {
  const { t } = useTranslation()
  return (
    <SectionFrame title={t('settings.profile')}>
      <div className="flex flex-col gap-8">
        <NameForm />
        <Look />
        <PasswordForm />
      </div>
    </SectionFrame>
  )
}

function Block({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="grid gap-4 border-t pt-5 md:grid-cols-[180px_minmax(0,360px)]">
      <h3 className="text-sm font-semibold">{title}</h3>
      <div className="flex flex-col gap-4">{children}</div>
    </section>
  )
}

function NameForm() {
  const { t } = useTranslation()
  const me = useMe()
  const toasts = useToasts()
  const change = useChangeMe()
  const [name, setName] = useState(me.name)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate(
      { name: name.trim() },
      {
        onSuccess: () => toasts.say(t('common.saved')),
        onError: (error) => toasts.fail(t('settings.notSaved'), error),
      },
    )
  }
  return (
    <Block title={t('profile.you')}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label={t('profile.name')} help={t('profile.nameHelp')}>
          {(field) => <Input {...field} required value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label={t('signIn.email')}>{(field) => <Input {...field} value={me.email} disabled readOnly />}</Field>
        <p className="text-sm text-muted">{t('profile.role', { role: t(`role.${me.role}`) })}</p>
        <div>
          <Button type="submit" disabled={!name.trim() || name.trim() === me.name}>
            {t('common.save')}
          </Button>
        </div>
      </form>
    </Block>
  )
}

function Look() {
  const { t, i18n } = useTranslation()
  const change = useChangeMe()
  const [theme, setTheme] = useState(chosenTheme)
  return (
    <Block title={t('profile.look')}>
      <Field label={t('settings.language')}>
        {(field) => (
          <Select
            {...field}
            value={i18n.language}
            onChange={(event) => {
              const language = LANGUAGES.find((one) => one === event.target.value) ?? 'en'
              void speak(i18n, language)
              change.mutate({ language })
            }}
          >
            <option value="en">English</option>
            <option value="zh">简体中文</option>
          </Select>
        )}
      </Field>
      <Field label={t('profile.theme')}>
        {(field) => (
          <Select
            {...field}
            value={theme}
            onChange={(event) => {
              const next = THEMES.find((one) => one === event.target.value) ?? 'system'
              setTheme(next)
              chooseTheme(next)
            }}
          >
            {THEMES.map((name) => (
              <option key={name} value={name}>
                {t(`theme.${name}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </Block>
  )
}

function PasswordForm() {
  const { t } = useTranslation()
  const toasts = useToasts()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const change = useMutation({
    mutationFn: () => api('/me/password', { body: { current, next } }),
    onSuccess: () => {
      setCurrent('')
      setNext('')
      toasts.say(t('profile.passwordChanged'))
    },
  })
  return (
    <Block title={t('profile.password')}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          change.mutate()
        }}
      >
        <Field label={t('profile.currentPassword')} error={change.isError ? wordsOf(change.error, t) : null}>
          {(field) => (
            <Input
              {...field}
              type="password"
              autoComplete="current-password"
              required
              value={current}
              onChange={(event) => setCurrent(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('profile.newPassword')} help={t('profile.passwordHelp')}>
          {(field) => (
            <Input
              {...field}
              type="password"
              autoComplete="new-password"
              minLength={10}
              required
              value={next}
              onChange={(event) => setNext(event.target.value)}
            />
          )}
        </Field>
        <div>
          <Button type="submit" busy={change.isPending} disabled={!current || next.length < 10}>
            {t('profile.changePassword')}
          </Button>
        </div>
      </form>
    </Block>
  )
}
