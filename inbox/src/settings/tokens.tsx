import { useQuery } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, wordsOf } from '../api/client.ts'
import { keys } from '../api/keys.ts'
import type { TokenView } from '../api/shapes.ts'
import { exact } from '../format/time.ts'
import { Button } from '../ui/button.tsx'
import { Confirm, Dialog } from '../ui/dialog.tsx'
import { Field, Input } from '../ui/field.tsx'
import { Empty } from '../ui/states.tsx'
import { CopyField } from './copy-field.tsx'
import { Loaded, RowList, SectionFrame } from './section-frame.tsx'
import { useSettingChange } from './use-settings.ts'

const useTokens = () =>
  useQuery({
    queryKey: keys.tokens,
    queryFn: async ({ signal }) => (await api<{ items: TokenView[] }>('/tokens', { signal })).items,
  })

export function Tokens() {
  const { t } = useTranslation()
  const [adding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<TokenView | null>(null)
  const remove = useSettingChange(keys.tokens)
  return (
    <SectionFrame
      title={t('settings.tokens')}
      text={t('token.help')}
      action={
        <Button variant="primary" icon={Plus} onClick={() => setAdding(true)}>
          {t('token.add')}
        </Button>
      }
    >
      <Loaded query={useTokens()} empty={<Empty icon={KeyRound} title={t('token.none')} text={t('token.noneHelp')} />}>
        {(tokens) => (
          <RowList>
            {tokens.map((token) => (
              <TokenRow key={token.id} token={token} onRemove={() => setRemoving(token)} />
            ))}
          </RowList>
        )}
      </Loaded>
      {adding && <AddToken onClose={() => setAdding(false)} />}
      {removing && (
        <Confirm
          open
          onClose={() => setRemoving(null)}
          title={t('token.removeTitle', { name: removing.name ?? '' })}
          text={t('token.removeText')}
          action={t('token.removeAction')}
          busy={remove.isPending}
          onConfirm={() =>
            remove.mutate({ path: `/tokens/${removing.id}`, method: 'DELETE' }, { onSettled: () => setRemoving(null) })
          }
        />
      )}
    </SectionFrame>
  )
}

function TokenRow({ token, onRemove }: { token: TokenView; onRemove(): void }) {
  const { t, i18n } = useTranslation()
  const made = token.createdAt === undefined ? null : new Date(token.createdAt).getTime()
  return (
    <li className="flex items-center gap-3 px-4 py-3">
      <KeyRound size={18} aria-hidden className="shrink-0 text-muted" />
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">{token.name ?? t('token.unnamed')}</p>
        {made !== null && <p className="figures truncate text-xs text-muted">{exact(made, i18n.language)}</p>}
      </div>
      <Button variant="danger" onClick={onRemove}>
        {t('token.removeAction')}
      </Button>
    </li>
  )
}

function AddToken({ onClose }: { onClose(): void }) {
  const { t } = useTranslation()
  const add = useSettingChange<{ token: string }>(keys.tokens, true)
  const [name, setName] = useState('')
  if (add.data)
    return (
      <Dialog
        open
        onClose={onClose}
        title={t('token.made')}
        description={t('token.once')}
        footer={<Button onClick={onClose}>{t('common.done')}</Button>}
      >
        <CopyField label={name} text={add.data.token} multiline />
      </Dialog>
    )
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('token.add')}
      footer={
        <Button type="submit" form="token-form" variant="primary" busy={add.isPending} disabled={!name.trim()}>
          {t('token.create')}
        </Button>
      }
    >
      <form
        id="token-form"
        onSubmit={(event) => {
          event.preventDefault()
          add.mutate({ path: '/tokens', method: 'POST', body: { name: name.trim() } })
        }}
      >
        <Field label={t('profile.name')} help={t('token.nameHelp')} error={add.isError ? wordsOf(add.error, t) : null}>
          {(field) => (
            <Input {...field} required autoFocus value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
      </form>
    </Dialog>
  )
}
