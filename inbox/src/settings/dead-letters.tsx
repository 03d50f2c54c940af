import { useQuery } from '@tanstack/react-query'
import { CircleCheck, RotateCw } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { DeadLetterView } from '../../../src/views.ts'
import { api } from '../api/client.ts'
import { useDirectory } from '../api/directory.ts'
import { keys } from '../api/keys.ts'
import { exact } from '../format/time.ts'
import { Button } from '../ui/button.tsx'
import { AccountTag } from '../ui/glyph.tsx'
import { Empty } from '../ui/states.tsx'
import { Loaded, RowList, SectionFrame } from './section-frame.tsx'
import { useSettingChange } from './use-settings.ts'

const useDeadLetters = () =>
  useQuery({
    queryKey: keys.deadLetters,
    queryFn: async ({ signal }) => (await api<{ items: DeadLetterView[] }>('/dead-letters', { signal })).items,
  })

/** Indented when it is JSON, else as it came. */
const pretty = (payload: string): string => {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2)
  } catch {
    return payload
  }
}

export function DeadLetters() {
  const { t } = useTranslation()
  return (
    <SectionFrame title={t('settings.dead-letters')} text={t('dead.help')}>
      <Loaded
        query={useDeadLetters()}
        empty={<Empty icon={CircleCheck} title={t('dead.none')} text={t('dead.noneHelp')} />}
      >
        {(letters) => (
          <RowList>
            {letters.map((letter) => (
              <Letter key={letter.id} letter={letter} />
            ))}
          </RowList>
        )}
      </Loaded>
    </SectionFrame>
  )
}

function Letter({ letter }: { letter: DeadLetterView }) {
  const { t, i18n } = useTranslation()
  const { accounts } = useDirectory()
  const replay = useSettingChange(keys.deadLetters)
  const account = letter.accountId ? accounts.get(letter.accountId) : undefined
  return (
    <li className="flex flex-col gap-2 px-4 py-3">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <p className="font-medium break-words">{letter.error}</p>
          <p className="figures flex flex-wrap gap-x-2 text-xs text-muted">
            <span>{t(`dead.${letter.stage}`)}</span>
            {account && <AccountTag account={account} />}
            <span>{exact(letter.createdAt, i18n.language)}</span>
          </p>
        </div>
        {letter.replayedAt === null ? (
          <Button
            icon={RotateCw}
            busy={replay.isPending}
            onClick={() => replay.mutate({ path: `/dead-letters/${letter.id}/replay`, method: 'POST' })}
          >
            {t('dead.replay')}
          </Button>
        ) : (
          <span
            title={exact(letter.replayedAt, i18n.language)}
            className="inline-flex h-8 items-center gap-1.5 text-xs text-ok"
          >
            <CircleCheck size={14} aria-hidden />
            {t('dead.replayed')}
          </span>
        )}
      </div>
      <details>
        <summary className="w-fit rounded text-xs font-medium text-accent-ink">{t('dead.payload')}</summary>
        <pre className="thin-scroll mt-2 max-h-72 overflow-auto rounded-control bg-sunken p-3 font-mono text-xs break-all whitespace-pre-wrap">
          {pretty(letter.payload)}
        </pre>
      </details>
    </li>
  )
}
