import { useEffect, useRef, useState } from 'preact/hooks'
import type { FileView } from './api.ts'
import { Icon } from './icons.tsx'
import type { Shared } from './panel.tsx'
import { sizeOf } from './when.ts'
import { fill } from './words.ts'

/** The kinds that the hub serves as pictures. */
const isPicture = ({ mimeType }: FileView): boolean => /^image\/(?:png|jpeg|gif|webp)$/.test(mimeType)

export function Attachment({ file, ...shared }: Shared & { file: FileView }) {
  return isPicture(file) ? <Picture file={file} {...shared} /> : <Download file={file} {...shared} />
}

function Picture({ file, chat, words }: Shared & { file: FileView }) {
  const [url, setUrl] = useState<string | null>(null)
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    chat.files.url(file.id).then(setUrl, () => setUrl(null))
  }, [chat, file.id])
  const title = fill(words.picture, { name: file.name })
  return (
    <>
      <button
        type="button"
        class="picture"
        aria-label={title}
        title={file.name}
        onClick={() => dialog.current?.showModal()}
      >
        {url && <img src={url} alt={file.name} />}
      </button>
      <dialog class="lightbox" ref={dialog} aria-label={file.name} onKeyDown={(event) => event.stopPropagation()}>
        <form method="dialog">
          <button type="submit" class="icon" aria-label={words.close}>
            <Icon name="close" />
          </button>
        </form>
        {url && <img src={url} alt={file.name} />}
      </dialog>
    </>
  )
}

function Download({ file, chat, words }: Shared & { file: FileView }) {
  const save = async () => {
    const link = document.createElement('a')
    link.href = await chat.files.url(file.id)
    link.download = file.name
    link.click()
  }
  return (
    <button type="button" class="file" onClick={() => void save()} title={fill(words.download, { name: file.name })}>
      <Icon name="file" />
      <span>
        <b>{file.name}</b>
        <small>{sizeOf(file.size, document.documentElement.lang)}</small>
      </span>
    </button>
  )
}
