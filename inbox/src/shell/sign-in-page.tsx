import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError, wordsOf } from '../api/client.ts'
import { useSignIn } from '../api/session.ts'
import { LANGUAGES, speak } from '../i18n.ts'
import { Button } from '../ui/button.tsx'
import { Field, Input } from '../ui/field.tsx'
import { Logo } from './logo.tsx'

export function SignInPage() {
  const { t, i18n } = useTranslation()
  const signIn = useSignIn()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    signIn.mutate({ email: email.trim(), password })
  }
  const wrong = signIn.error instanceof ApiError && signIn.error.status === 401
  return (
    <main className="flex min-h-full flex-col items-center justify-center gap-8 px-4 py-10">
      <div className="w-full max-w-88 rounded-panel border bg-surface px-7 py-8 shadow-float">
        <Logo size={36} />
        <h1 className="mt-4 text-xl font-semibold">{t('signIn.title')}</h1>
        <p className="mt-1 text-sm text-muted">{t('signIn.tagline')}</p>
        <form onSubmit={submit} className="mt-6 flex flex-col gap-4">
          <Field label={t('signIn.email')}>
            {(field) => (
              <Input
                {...field}
                type="email"
                name="email"
                autoComplete="username"
                autoFocus
                required
                value={email}
                onChange={(event) => setEmail(event.target.value)}
              />
            )}
          </Field>
          <Field label={t('signIn.password')}>
            {(field) => (
              <Input
                {...field}
                type="password"
                name="password"
                autoComplete="current-password"
                required
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            )}
          </Field>
          {signIn.isError && (
            <p role="alert" className="rounded-control bg-danger-soft px-3 py-2 text-sm text-danger">
              {wrong ? t('signIn.wrong') : wordsOf(signIn.error, t)}
            </p>
          )}
          <Button type="submit" variant="primary" busy={signIn.isPending} className="w-full">
            {signIn.isPending ? t('signIn.busy') : t('signIn.action')}
          </Button>
        </form>
      </div>
      <nav aria-label={t('settings.language')} className="flex gap-1 text-sm">
        {LANGUAGES.map((language) => (
          <button
            key={language}
            type="button"
            lang={language}
            aria-pressed={i18n.language === language}
            onClick={() => void speak(i18n, language)}
            className="control rounded-control px-3 text-muted hover:bg-hover aria-pressed:font-medium aria-pressed:text-text"
          >
            {language === 'zh' ? '简体中文' : 'English'}
          </button>
        ))}
      </nav>
    </main>
  )
}
