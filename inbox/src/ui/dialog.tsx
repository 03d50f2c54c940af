import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, IconButton } from './button.tsx'
import { cx } from './class-names.ts'

interface DialogProps {
  open: boolean
  onClose(): void
  title: string
  description?: string
  footer?: ReactNode
  wide?: boolean
  children: ReactNode
}

export function Dialog({ open, onClose, title, description, footer, wide, children }: DialogProps) {
  const { t } = useTranslation()
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-(--scrim)" />
        <Radix.Content
          onOpenAutoFocus={(event) => {
            // The first button would only show its tooltip; a field that wants the focus has it already.
            event.preventDefault()
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus()
          }}
          {...(description ? {} : { 'aria-describedby': undefined })}
          className={cx(
            'fixed z-50 flex max-h-[86dvh] outline-none flex-col bg-raised shadow-float max-md:inset-x-0 max-md:bottom-0 max-md:animate-rise max-md:rounded-t-panel',
            'md:top-[8vh] md:left-1/2 md:-translate-x-1/2 md:animate-in md:rounded-panel',
            wide ? 'md:w-[640px]' : 'md:w-[480px]',
          )}
        >
          <header className="flex items-start gap-3 px-5 pt-4 pb-3">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
              {description && <Radix.Description className="mt-1 text-sm text-muted">{description}</Radix.Description>}
            </div>
            <IconButton icon={X} label={t('common.close')} onClick={onClose} className="-mt-1 -mr-2" />
          </header>
          <div className="thin-scroll min-h-0 flex-1 overflow-y-auto px-5 pb-5">{children}</div>
          {footer && <footer className="flex justify-end gap-2 border-t px-5 py-3">{footer}</footer>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

interface ConfirmProps {
  open: boolean
  onClose(): void
  title: string
  /** Says what will happen, in figures where there are any. */
  text: string
  action: string
  busy?: boolean
  onConfirm(): void
}

export function Confirm({ open, onClose, title, text, action, busy, onConfirm }: ConfirmProps) {
  const { t } = useTranslation()
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button variant="danger" busy={busy ?? false} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      <p className="text-muted">{text}</p>
    </Dialog>
  )
}
