import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { wordsOf } from '../api/client.ts'
import { useAddIdentity } from '../api/contacts.ts'
import { useDirectory } from '../api/directory.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Input, Select } from '../ui/field.tsx'

/** Only accounts whose channel may write first take an address by hand. */
export function useWritableAccounts() {
  const { accounts, channels } = useDirectory()
  return [...accounts.values()].filter((account) => channels.get(account.channel)?.capabilities.startsConversations)
}

export function AddIdentity({ contactId, onClose }: { contactId: string; onClose(): void }) {
  const { t } = useTranslation()
  const accounts = useWritableAccounts()
  const add = useAddIdentity(contactId)
  const [accountId, setAccountId] = useState(accounts[0]?.id ?? '')
  const [address, setAddress] = useState('')
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('person.addIdentity')}
      description={t('person.addIdentityHelp')}
      footer={
        <Button
          type="submit"
          form="add-identity"
          variant="primary"
          busy={add.isPending}
          disabled={!accountId || !address.trim()}
        >
          {t('common.add')}
        </Button>
      }
    >
      <form
        id="add-identity"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          add.mutate({ accountId, address: address.trim() }, { onSuccess: onClose })
        }}
      >
        <Field label={t('start.account')}>
          {(field) => (
            <Select {...field} value={accountId} onChange={(event) => setAccountId(event.target.value)}>
              {accounts.map((account) => (
                <option key={account.id} value={account.id}>
                  {account.name}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field
          label={t('start.address')}
          help={t('start.addressHelp')}
          error={add.isError ? wordsOf(add.error, t) : null}
        >
          {(field) => (
            <Input {...field} value={address} autoFocus onChange={(event) => setAddress(event.target.value)} />
          )}
        </Field>
      </form>
    </Dialog>
  )
}
