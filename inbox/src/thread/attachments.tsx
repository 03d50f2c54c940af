import { CircleAlert, Download, FileAudio, FileText, FileVideo, LoaderCircle, X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { useTranslation } from 'react-i18next'
import type { AttachmentView } from '../../../src/views.ts'
import { bytes } from '../format/bytes.ts'

const ICONS = { image: FileText, audio: FileAudio, video: FileVideo, file: FileText } as const

/** `hideInline`: the mail shows its own pictures already. */
export function Attachments({ files, hideInline }: { files: AttachmentView[]; hideInline: boolean }) {
  const shown = files.filter((file) => !(hideInline && file.contentId && file.state === 'stored'))
  if (shown.length === 0) return null
  return (
    <ul className="my-1 flex flex-wrap gap-1.5">
      {shown.map((file) => (
        <li key={file.id} className="max-w-full">
          {file.kind === 'image' && file.state === 'stored' && file.url ? (
            <Picture file={file} url={file.url} />
          ) : (
            <FileCard file={file} />
          )}
        </li>
      ))}
    </ul>
  )
}

function Picture({ file, url }: { file: AttachmentView; url: string }) {
  const { t } = useTranslation()
  return (
    <Dialog.Root>
      <Dialog.Trigger
        aria-label={t('file.enlarge', { name: file.name })}
        className="block overflow-hidden rounded-panel"
      >
        <img
          src={url}
          alt={file.name}
          loading="lazy"
          className="max-h-64 min-h-16 max-w-full min-w-16 bg-hover object-contain"
        />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/80" />
        <Dialog.Content aria-describedby={undefined} className="fixed inset-0 z-50 flex flex-col outline-none">
          <header className="flex items-center gap-2 px-4 py-3 text-white">
            <Dialog.Title className="min-w-0 flex-1 truncate text-sm font-medium">{file.name}</Dialog.Title>
            <a
              href={url}
              download={file.name}
              aria-label={t('file.download', { name: file.name })}
              className="flex size-10 items-center justify-center rounded-control hover:bg-white/15"
            >
              <Download size={18} aria-hidden />
            </a>
            <Dialog.Close
              aria-label={t('common.close')}
              className="flex size-10 items-center justify-center rounded-control hover:bg-white/15"
            >
              <X size={18} aria-hidden />
            </Dialog.Close>
          </header>
          <Dialog.Close asChild>
            <div className="flex min-h-0 flex-1 items-center justify-center p-4">
              <img src={url} alt={file.name} className="max-h-full max-w-full rounded object-contain" />
            </div>
          </Dialog.Close>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function FileCard({ file }: { file: AttachmentView }) {
  const { t, i18n } = useTranslation()
  const broken = file.state === 'failed' || file.state === 'refused'
  const Icon = broken ? CircleAlert : file.state === 'pending' ? LoaderCircle : ICONS[file.kind]
  const size = file.size === null ? '' : bytes(file.size, i18n.language)
  const body = (
    <>
      <Icon size={18} aria-hidden className={broken ? 'shrink-0 text-danger' : 'shrink-0 text-muted'} />
      <span className="min-w-0">
        <span className="block truncate text-sm font-medium">{file.name || t('file.unnamed')}</span>
        <span className="figures block text-xs text-muted">
          {broken ? (file.reason ?? t('file.lost')) : file.state === 'pending' ? t('file.pending') : size}
        </span>
      </span>
    </>
  )
  const look = 'flex max-w-72 items-center gap-2.5 rounded-panel border border-line bg-surface px-3 py-2'
  return file.state === 'stored' && file.url ? (
    <a href={file.url} download={file.name} className={`${look} hover:bg-hover`}>
      {body}
    </a>
  ) : (
    <div className={look}>{body}</div>
  )
}
