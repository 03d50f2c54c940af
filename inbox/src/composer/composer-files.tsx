import { FileText, LoaderCircle, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { AttachmentView } from '../../../src/views.ts'

interface FilesProps {
  files: AttachmentView[]
  pending: { id: number; name: string }[]
  onDrop(id: string): void
}

export function ComposerFiles({ files, pending, onDrop }: FilesProps) {
  const { t } = useTranslation()
  if (files.length === 0 && pending.length === 0) return null
  const look = 'flex h-9 max-w-56 items-center gap-2 rounded-control border border-line bg-surface pl-1.5 text-sm'
  return (
    <ul className="flex flex-wrap gap-1.5 px-3 py-1.5">
      {files.map((file) => (
        <li key={file.id} className={look}>
          {file.kind === 'image' && file.url ? (
            <img src={file.url} alt="" className="size-6 rounded object-cover" />
          ) : (
            <FileText size={16} aria-hidden className="shrink-0 text-muted" />
          )}
          <span className="min-w-0 truncate">{file.name}</span>
          <button
            type="button"
            aria-label={t('file.remove', { name: file.name })}
            onClick={() => onDrop(file.id)}
            className="flex h-full w-8 shrink-0 items-center justify-center rounded-control text-muted hover:text-text"
          >
            <X size={14} aria-hidden />
          </button>
        </li>
      ))}
      {pending.map((file) => (
        <li key={file.id} role="status" className={`${look} pr-2 text-muted`}>
          <LoaderCircle size={16} aria-hidden className="shrink-0 animate-spin" />
          <span className="min-w-0 truncate">{t('file.uploading', { name: file.name })}</span>
        </li>
      ))}
    </ul>
  )
}
