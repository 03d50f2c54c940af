import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { AttachmentView, CapabilitiesView } from '../../../src/views.ts'
import { api, query } from '../api/client.ts'
import { bytes } from '../format/bytes.ts'
import { useToasts } from '../ui/toasts.tsx'

const kindOf = (mimeType: string): string => /^(image|audio|video)\//.exec(mimeType)?.[1] ?? 'file'

export type MediaProblem = { kind: 'type' } | { kind: 'size'; maxBytes: number }

/** Why a channel would not take a file; null when it would. Notes take everything. */
export function mediaProblem(
  file: Pick<AttachmentView, 'mimeType' | 'size'>,
  capabilities: Pick<CapabilitiesView, 'media'> | null,
): MediaProblem | null {
  if (!capabilities) return null
  const kinds = [kindOf(file.mimeType), 'file']
  const rules = kinds.flatMap((kind) => capabilities.media[kind] ?? [])
  const fitting = rules.filter((rule) => rule.mimeTypes.length === 0 || rule.mimeTypes.includes(file.mimeType))
  if (fitting.length === 0) return { kind: 'type' }
  const maxBytes = Math.max(...fitting.map((rule) => rule.maxBytes))
  return (file.size ?? 0) > maxBytes ? { kind: 'size', maxBytes } : null
}

/** Uploads files as soon as they are chosen, so that sending does not wait for them. */
export function useUploads(add: (file: AttachmentView) => void, capabilities: CapabilitiesView | null) {
  const { t, i18n } = useTranslation()
  const toasts = useToasts()
  const [pending, setPending] = useState<{ id: number; name: string }[]>([])
  const next = useRef(0)
  const upload = async (file: File) => {
    const name = file.name || t('file.pasted')
    const problem = mediaProblem({ mimeType: file.type, size: file.size }, capabilities)
    if (problem)
      return toasts.say(
        problem.kind === 'type'
          ? t('file.wrongType', { name })
          : t('file.tooBig', { name, max: bytes(problem.maxBytes, i18n.language) }),
      )
    next.current += 1
    const id = next.current
    setPending((old) => [...old, { id, name }])
    try {
      add(await api<AttachmentView>(`/attachments${query({ name })}`, { raw: file }))
    } catch (error) {
      toasts.fail(t('file.notUploaded', { name }), error)
    }
    setPending((old) => old.filter((one) => one.id !== id))
  }
  return {
    pending,
    upload: (files: Iterable<File>) => {
      for (const file of files) void upload(file)
    },
  }
}
