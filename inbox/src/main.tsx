import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { Tooltip } from 'radix-ui'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { I18nextProvider } from 'react-i18next'
import { ApiError, isPassing } from './api/client.ts'
import { keys } from './api/keys.ts'
import { createI18n, guessLanguage } from './i18n.ts'
import { createAppRouter } from './router.tsx'
import { Gate } from './shell/gate.tsx'
import './styles.css'
import { followSystemTheme } from './theme.ts'
import { ToastProvider } from './ui/toasts.tsx'

const createQueries = (): QueryClient => {
  // A session that ended shows the sign-in, with everything typed still in the drafts.
  const onError = (error: unknown) => {
    if (error instanceof ApiError && error.status === 401) client.setQueryData(keys.me, null)
  }
  const client: QueryClient = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) => isPassing(error) && failures < 3,
      },
      mutations: { retry: false },
    },
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
  })
  return client
}

async function start(root: HTMLElement): Promise<void> {
  const i18n = await createI18n(guessLanguage())
  const router = createAppRouter()
  followSystemTheme()
  createRoot(root).render(
    <StrictMode>
      <I18nextProvider i18n={i18n}>
        <QueryClientProvider client={createQueries()}>
          <Tooltip.Provider delayDuration={400} skipDelayDuration={200}>
            <ToastProvider>
              <Gate>
                <RouterProvider router={router} />
              </Gate>
            </ToastProvider>
          </Tooltip.Provider>
        </QueryClientProvider>
      </I18nextProvider>
    </StrictMode>,
  )
}

const root = document.getElementById('root')
if (root) void start(root)
