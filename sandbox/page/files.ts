import { settings } from './settings.ts'

export interface Picked {
  name: string
  mimeType: string
  base64: string
}

const MAX_BYTES = 20 * 1024 * 1024

function read(file: File): Promise<Picked> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onerror = () => reject(reader.error)
    reader.onload = () => {
      const base64 = String(reader.result).replace(/^data:[^,]*,/, '')
      resolve({ name: file.name || 'picture.png', mimeType: file.type || 'application/octet-stream', base64 })
    }
    reader.readAsDataURL(file)
  })
}

/** The files' content; one that is too large is said, not left out silently. */
export async function readFiles(files: Iterable<File>): Promise<Picked[]> {
  const all = [...files]
  const tooBig = all.find(({ size }) => size > MAX_BYTES)
  if (tooBig) alert(`${tooBig.name}: ${settings.words.tooBig}`)
  return Promise.all(all.filter(({ size }) => size <= MAX_BYTES).map(read))
}

/** Lets the user choose files. */
export function chooseFiles(accept: string, take: (files: Picked[]) => void): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.multiple = true
  input.accept = accept
  input.onchange = async () => take(await readFiles(input.files ?? []))
  input.click()
}

/** Files may be dropped on the element, or pasted into it. */
export function takeDrops(element: HTMLElement, take: (files: Picked[]) => void): void {
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
  element.addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    element.classList.add('dropping')
  })
  element.addEventListener('dragleave', (event) => {
    if (!element.contains(event.relatedTarget as Node | null)) element.classList.remove('dropping')
  })
  element.addEventListener('drop', async (event) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    element.classList.remove('dropping')
    take(await readFiles(event.dataTransfer?.files ?? []))
  })
  element.addEventListener('paste', async (event) => {
    const files = event.clipboardData?.files
    if (!files?.length) return
    event.preventDefault()
    take(await readFiles(files))
  })
}

export const sourceOf = ({ id, mimeType }: { id: string; mimeType: string }): string =>
  /^(data:|\/)/.test(id) ? id : `/sandbox/files/${id}?type=${encodeURIComponent(mimeType)}`
