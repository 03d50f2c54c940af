import { type ReactNode, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { SessionContext, useSessionQuery } from '../api/session.ts'
import { asLanguage, speak } from '../i18n.ts'
import { Failed } from '../ui/states.tsx'
import { Logo } from './logo.tsx'
import { SignInPage } from './sign-in-page.tsx'

/** Shows the sign-in until somebody is signed in; whatever address was asked for is kept meanwhile. */
export function Gate({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation()
  const session = useSessionQuery()
  const chosen = asLanguage(session.data?.agent.language)
  useEffect(() => {
    if (chosen && chosen !== i18n.language) void speak(i18n, chosen)
  }, [chosen, i18n])

  if (session.isPending)
    return (
      <div className="flex h-full items-center justify-center">
        <span className="animate-pulse">
          <Logo size={40} />
        </span>
      </div>
    )
  if (session.isError) return <Failed error={session.error} onRetry={() => void session.refetch()} />
  if (!session.data) return <SignInPage />
  return <SessionContext value={session.data}>{children}</SessionContext>
}
