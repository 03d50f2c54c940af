import { useTranslation } from 'react-i18next'
import type { ChannelView } from '../../../src/views.ts'
import { inLanguage } from '../i18n.ts'
import { Field, Input, Select, Switch, TextArea } from '../ui/field.tsx'

type ConfigField = ChannelView['fields'][number]
export type FieldValues = Record<string, string | boolean>

const isSecretSet = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'set' in value && value.set === true

/** What stands in the form for settings as the hub tells them; a secret is never told. */
export function valuesOf(fields: ConfigField[], config: Record<string, unknown>): FieldValues {
  return Object.fromEntries(
    fields.map((field) => {
      const value = config[field.key]
      if (field.type === 'boolean') return [field.key, value === true]
      if (field.type === 'list') return [field.key, Array.isArray(value) ? value.join('\n') : '']
      if (field.type === 'secret' || value === null || value === undefined) return [field.key, '']
      return [field.key, String(value)]
    }),
  )
}

/**
 * Settings as the hub wants them. Untouched secrets and what was empty before are left out; what was emptied now is
 * null, which takes it away.
 */
export function configOf(
  fields: ConfigField[],
  values: FieldValues,
  before: Record<string, unknown> = {},
): Record<string, unknown> {
  const config: Record<string, unknown> = {}
  for (const { key, type } of fields) {
    const value = values[key]
    if (type === 'boolean') config[key] = value === true
    else if (type === 'list')
      config[key] = String(value ?? '')
        .split(/[\n,]/)
        .map((one) => one.trim())
        .filter(Boolean)
    else if (value === undefined || value === '') {
      if (type !== 'secret' && before[key] !== undefined && before[key] !== null) config[key] = null
    } else config[key] = type === 'number' ? Number(value) : type === 'secret' ? value : String(value).trim()
  }
  return config
}

interface FieldsProps {
  fields: ConfigField[]
  values: FieldValues
  /** Present settings, to know which secrets are set. */
  config: Record<string, unknown>
  onChange(values: FieldValues): void
}

/** The settings form of any channel, from the fields it declares. */
export function AccountFields({ fields, values, config, onChange }: FieldsProps) {
  const { t, i18n } = useTranslation()
  return fields.map((field) => {
    const set = (value: string | boolean) => onChange({ ...values, [field.key]: value })
    const kept = field.type === 'secret' && isSecretSet(config[field.key])
    return (
      <Field
        key={field.key}
        label={inLanguage(field.label, i18n.language)}
        help={field.help && inLanguage(field.help, i18n.language)}
        {...(field.required || field.type === 'boolean' ? {} : { optional: t('common.optional') })}
      >
        {(props) => <Control field={field} props={props} value={values[field.key]} kept={kept} set={set} />}
      </Field>
    )
  })
}

interface ControlProps {
  field: ConfigField
  props: { id: string; 'aria-describedby': string }
  value: string | boolean | undefined
  kept: boolean
  set(value: string | boolean): void
}

function Control({ field, props, value, kept, set }: ControlProps) {
  const { t, i18n } = useTranslation()
  const text = String(value ?? '')
  const common = {
    ...props,
    required: field.required && !kept,
    placeholder: kept ? t('account.secretKept') : (field.placeholder ?? ''),
  }
  if (field.type === 'boolean') return <Switch id={props.id} checked={value === true} onChange={set} />
  if (field.type === 'list')
    return <TextArea {...common} rows={3} value={text} onChange={(event) => set(event.target.value)} />
  if (field.type === 'select')
    return (
      <Select {...props} required={field.required} value={text} onChange={(event) => set(event.target.value)}>
        {!text && <option value="" />}
        {(field.options ?? []).map((option) => (
          <option key={option.value} value={option.value}>
            {inLanguage(option.label, i18n.language)}
          </option>
        ))}
      </Select>
    )
  return (
    <Input
      {...common}
      type={field.type === 'secret' ? 'password' : field.type === 'number' ? 'number' : 'text'}
      autoComplete="off"
      spellCheck={false}
      value={text}
      onChange={(event) => set(event.target.value)}
    />
  )
}
