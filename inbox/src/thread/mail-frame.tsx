import { Image as ImageIcon } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { AttachmentView } from '../../../src/views.ts'

/** True when a mail's look says more than its text: tables, pictures, lists. Plain paragraphs read better as text. */
export const isRich = (html: string): boolean => /<(table|img|ul|ol|h[1-6]|hr|blockquote)\b/i.test(html)

const hasRemote = (html: string): boolean => /<img[^>]+src=["']?https?:|url\(["']?https?:/i.test(html)

const withInline = (html: string, files: AttachmentView[]): string =>
  html.replace(/cid:([^"'\s>)]+)/gi, (whole, cid: string) => {
    const wanted = decodeURIComponent(cid)
    const file = files.find((one) => one.contentId === wanted || one.contentId === `<${wanted}>`)
    return file?.url ? new URL(file.url, location.origin).href : whole
  })

/**
 * The document of the frame. It allows no script at all, and pictures from elsewhere only when asked: they tell the
 * sender that and where the mail was read.
 */
const documentOf = (html: string, remote: boolean): string => `<!doctype html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data: ${location.origin}${remote ? ' https: http:' : ''}">
<meta name="referrer" content="no-referrer"><base target="_blank">
<style>html{background:#fff;color:#1a1c25;color-scheme:light}body{margin:0;padding:12px;font:14px/1.5 system-ui,"PingFang SC","Noto Sans SC",sans-serif;overflow-wrap:anywhere}img{max-width:100%;height:auto}table{max-width:100%}${remote ? '' : `img[src^="http"]:not([src^="${location.origin}"]){visibility:hidden}`}</style>
</head><body>${html}</body></html>`

/** An HTML mail in a frame without scripts; same-origin only so that its height can be measured. */
export function MailFrame({ html, attachments }: { html: string; attachments: AttachmentView[] }) {
  const { t } = useTranslation()
  const frame = useRef<HTMLIFrameElement>(null)
  const [remote, setRemote] = useState(false)
  const [height, setHeight] = useState(120)
  const source = useMemo(() => documentOf(withInline(html, attachments), remote), [html, attachments, remote])
  useEffect(() => {
    const box = frame.current
    if (!box) return
    let observer: ResizeObserver | null = null
    const measure = () => {
      const body = box.contentDocument?.body
      if (body) setHeight(Math.min(4000, Math.max(40, body.scrollHeight)))
    }
    const onLoad = () => {
      measure()
      observer?.disconnect()
      observer = new ResizeObserver(measure)
      if (box.contentDocument?.body) observer.observe(box.contentDocument.body)
    }
    box.addEventListener('load', onLoad)
    return () => {
      box.removeEventListener('load', onLoad)
      observer?.disconnect()
    }
  }, [])
  return (
    <div className="overflow-hidden rounded-panel border bg-white">
      {hasRemote(html) && !remote && (
        <div className="flex items-center gap-2 border-b bg-sunken px-3 py-1.5 text-xs text-muted">
          <ImageIcon size={14} aria-hidden className="shrink-0" />
          <span className="flex-1">{t('thread.remoteBlocked')}</span>
          <button
            type="button"
            onClick={() => setRemote(true)}
            className="shrink-0 font-medium text-accent-ink hover:underline"
          >
            {t('thread.remoteShow')}
          </button>
        </div>
      )}
      <iframe
        ref={frame}
        title={t('thread.mailFrame')}
        sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
        srcDoc={source}
        className="block w-full"
        style={{ height }}
      />
    </div>
  )
}
