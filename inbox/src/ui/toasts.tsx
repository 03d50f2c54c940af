import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { Toast as Radix } from 'radix-ui'
import { createContext, type ReactNode, use, useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { wordsOf } from '../api/client.ts'

interface Toast {
  id: number
  tone: 'ok' | 'danger'
  text: string
  detail?: string
  action?: { label: string; run(): void }
}

interface Toasts {
  say(text: string, action?: Toast['action']): void
  fail(text: string, error: unknown): void
}

const Context = createContext<Toasts | null>(null)

export const useToasts = (): Toasts => {
  const toasts = use(Context)
  if (!toasts) throw new Error('useToasts needs a ToastProvider above it')
  return toasts
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const { t } = useTranslation()
  const [list, setList] = useState<Toast[]>([])
  const add = useCallback((toast: Omit<Toast, 'id'>) => {
    setList((old) => [...old.slice(-1), { ...toast, id: Date.now() + Math.random() }])
  }, [])
  const drop = (id: number) => setList((old) => old.filter((toast) => toast.id !== id))
  const value = useMemo<Toasts>(
    () => ({
      say: (text, action) => add({ tone: 'ok', text, ...(action ? { action } : {}) }),
      fail: (text, error) => add({ tone: 'danger', text, detail: wordsOf(error, t) }),
    }),
    [add, t],
  )
  return (
    <Context value={value}>
      <Radix.Provider swipeDirection="left" duration={6000} label={t('common.notification')}>
        {children}
        {list.map((toast) => (
          <ToastCard key={toast.id} toast={toast} onGone={() => drop(toast.id)} />
        ))}
        <Radix.Viewport className="fixed bottom-4 left-4 z-60 flex w-76 max-w-[calc(100vw-32px)] flex-col gap-2 outline-none md:left-18" />
      </Radix.Provider>
    </Context>
  )
}

function ToastCard({ toast, onGone }: { toast: Toast; onGone(): void }) {
  const { t } = useTranslation()
  const Icon = toast.tone === 'ok' ? CircleCheck : CircleAlert
  return (
    <Radix.Root
      onOpenChange={(open) => !open && onGone()}
      type={toast.tone === 'ok' ? 'background' : 'foreground'}
      className="flex animate-rise items-center gap-2.5 rounded-panel border bg-raised py-2 pr-2 pl-3 shadow-float"
    >
      <Icon size={16} aria-hidden className={toast.tone === 'ok' ? 'text-ok' : 'text-danger'} />
      <div className="min-w-0 flex-1 py-1">
        <Radix.Title className="text-sm font-medium">{toast.text}</Radix.Title>
        {toast.detail && <Radix.Description className="text-xs text-muted">{toast.detail}</Radix.Description>}
      </div>
      {toast.action && (
        <Radix.Action altText={toast.action.label} asChild>
          <button
            type="button"
            onClick={toast.action.run}
            className="control rounded-control px-2.5 text-sm font-medium text-accent-ink hover:bg-hover"
          >
            {toast.action.label}
          </button>
        </Radix.Action>
      )}
      <Radix.Close
        aria-label={t('common.close')}
        className="control flex w-8 items-center justify-center rounded-control text-muted hover:bg-hover"
      >
        <X size={14} aria-hidden />
      </Radix.Close>
    </Radix.Root>
  )
}
