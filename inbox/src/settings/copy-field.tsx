import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../ui/button.tsx'

/** Text to take elsewhere, with a button that copies it. */
export function CopyField({ label, text, multiline }: { label: string; text: string; multiline?: boolean }) {
  const { t } = useTranslation()
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setCopied(true)
      setTimeout(() => setCopied(false), 2000)
    } catch {
      setCopied(false)
    }
  }
  return (
    <div>
      <p className="mb-1 text-sm font-medium">{label}</p>
      <div className="flex items-start gap-2">
        <code
          className={`min-w-0 flex-1 rounded-control bg-sunken px-2.5 py-1.5 font-mono text-xs leading-5 select-all ${multiline ? 'break-all whitespace-pre-wrap' : 'truncate'}`}
        >
          {text}
        </code>
        <Button
          icon={copied ? Check : Copy}
          onClick={() => void copy()}
          aria-label={t('common.copyOf', { what: label })}
        >
          {t(copied ? 'common.copied' : 'common.copy')}
        </Button>
      </div>
    </div>
  )
}
