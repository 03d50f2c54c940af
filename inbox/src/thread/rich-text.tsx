import { Ellipsis } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'

const LINK = /\bhttps?:\/\/[^\s<>"'，。、；！？）】]+[^\s<>"'，。、；！？）】.,;:!?)\]]/g

/** Text with its addresses as links; everything else as it was written. */
function linked(text: string): ReactNode[] {
  const out: ReactNode[] = []
  let from = 0
  for (const match of text.matchAll(LINK)) {
    out.push(text.slice(from, match.index))
    out.push(
      <a
        key={match.index}
        href={match[0]}
        target="_blank"
        rel="noreferrer noopener"
        className="text-accent-ink underline underline-offset-2"
      >
        {match[0]}
      </a>,
    )
    from = match.index + match[0].length
  }
  out.push(text.slice(from))
  return out
}

/** Messages longer than this are cut until asked for: a hundred thousand characters must not stall the page. */
const LONG = 6000

export function RichText({ text, quotedFrom }: { text: string; quotedFrom: number | null }) {
  const { t } = useTranslation()
  const [unfolded, setUnfolded] = useState(false)
  const [whole, setWhole] = useState(false)
  const cut = quotedFrom !== null && quotedFrom > 0 && quotedFrom < text.length ? quotedFrom : null
  const fresh = (cut === null ? text : text.slice(0, cut)).trimEnd()
  const shownText = whole || fresh.length <= LONG ? fresh : `${fresh.slice(0, LONG)}…`
  if (!fresh && cut === null) return null
  return (
    <div className="break-words whitespace-pre-wrap" dir="auto">
      {linked(shownText)}
      {shownText.length < fresh.length && (
        <button
          type="button"
          onClick={() => setWhole(true)}
          className="block text-sm font-medium text-accent-ink hover:underline"
        >
          {t('thread.showAll')}
        </button>
      )}
      {cut !== null && (
        <>
          <button
            type="button"
            aria-expanded={unfolded}
            aria-label={t(unfolded ? 'thread.hideQuoted' : 'thread.showQuoted')}
            title={t(unfolded ? 'thread.hideQuoted' : 'thread.showQuoted')}
            onClick={() => setUnfolded(!unfolded)}
            className="mt-1 flex h-5 w-8 items-center justify-center rounded-full bg-text/10 text-muted hover:bg-text/20"
          >
            <Ellipsis size={14} aria-hidden />
          </button>
          {unfolded && (
            <div className="mt-2 border-l-2 border-line-strong/50 pl-3 text-sm text-muted">
              {linked(text.slice(cut).trim())}
            </div>
          )}
        </>
      )}
    </div>
  )
}
