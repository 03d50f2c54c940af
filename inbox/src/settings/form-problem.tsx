import { CircleAlert } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { wordsOf } from '../api/client.ts'

/** Why the hub did not take a form, at its top and brought into view: the button may be far from what is wrong. */
export function FormProblem({ error }: { error: unknown }) {
  return error ? <Shown error={error} /> : null
}

function Shown({ error }: { error: unknown }) {
  const { t } = useTranslation()
  const box = useRef<HTMLParagraphElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: each refusal is shown anew
  useEffect(() => {
    box.current?.focus({ preventScroll: true })
    box.current?.scrollIntoView({ block: 'center' })
  }, [error])
  return (
    <p
      ref={box}
      role="alert"
      tabIndex={-1}
      className="flex gap-1.5 rounded-control bg-danger-soft px-3 py-2 text-sm text-danger outline-none"
    >
      <CircleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />
      {wordsOf(error, t)}
    </p>
  )
}
