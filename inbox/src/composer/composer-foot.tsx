import { Paperclip, SendHorizontal, StickyNote } from 'lucide-react'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { shown } from '../shell/shortcuts.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { cx } from '../ui/class-names.ts'

interface FootProps {
  /** Why it cannot go out now, in words. */
  blocked: string | null
  /** Characters left, near the limit only. */
  left: number | null
  isNote: boolean
  canSend: boolean
  onFiles(files: Iterable<File>): void
  onSend(): void
}

export function ComposerFoot({ blocked, left, isNote, canSend, onFiles, onSend }: FootProps) {
  const { t } = useTranslation()
  const picker = useRef<HTMLInputElement>(null)
  return (
    <div className="flex items-center gap-2 px-1.5 pb-1.5">
      <IconButton icon={Paperclip} label={t('composer.attach')} side="top" onClick={() => picker.current?.click()} />
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label={t('composer.attach')}
        onChange={(event) => {
          onFiles(event.target.files ?? [])
          event.target.value = ''
        }}
      />
      <p role="status" className="min-w-0 flex-1 text-xs text-danger">
        {blocked}
      </p>
      {left !== null && (
        <span className={cx('figures shrink-0 text-xs', left < 0 ? 'font-medium text-danger' : 'text-muted')}>
          {left < 0 ? t('composer.over', { count: -left }) : t('composer.left', { count: left })}
        </span>
      )}
      <Button
        variant={isNote ? 'note' : 'primary'}
        icon={isNote ? StickyNote : SendHorizontal}
        disabled={!canSend}
        onClick={onSend}
        title={shown('mod+enter')}
      >
        {t(isNote ? 'composer.addNote' : 'composer.send')}
        <kbd className="font-sans text-xs font-normal opacity-80 max-md:hidden">{shown('mod+enter')}</kbd>
      </Button>
    </div>
  )
}
