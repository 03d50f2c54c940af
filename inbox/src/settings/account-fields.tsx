import { useTranslation } from 'react-i18next'
import type { ChannelView } from '../../../src/views.ts'
import { inLanguage } from '../i18n.ts'
import { Field, Input, Select, TextArea } from '../ui/field.tsx'
import { fieldProblems } from './field-problems.ts'

type ConfigField = ChannelView['fields'][number]
/** What stands in each field; '' = nothing, the channel's own default applies. Booleans are 'true' or 'false'. */
export type FieldValues = Record<string, string>

const isSecretSet = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'set' in value && value.set === true

const textOf = (field: ConfigField, value: unknown): string => {
  if (field.type === 'secret' || value === null || value === undefined) return ''
  return Array.isArray(value) ? value.join('\n') : String(value)
}

/** The form for settings as the hub tells them; a secret is never told. */
export const valuesOf = (fields: ConfigField[], config: Record<string, unknown>): FieldValues =>
  Object.fromEntries(fields.map((field) => [field.key, textOf(field, config[field.key])]))

const parsed = (type: ConfigField['type'], text: string): unknown => {
  switch (type) {
    case 'boolean':
      return text === 'true'
    case 'number':
      return Number(text)
    case 'secret':
      return text
    case 'list':
      return text
        .split(/[\n,]/)
        .map((one) => one.trim())
        .filter(Boolean)
    default:
      return text.trim()
  }
}

/** Settings as the hub wants them: what is not given stays, and null takes away what was emptied. */
export function configOf(
  fields: ConfigField[],
  values: FieldValues,
  before: Record<string, unknown> = {},
): Record<string, unknown> {
  const config: Record<string, unknown> = {}
  for (const field of fields) {
    const text = values[field.key] ?? ''
    if (text.trim() !== '') config[field.key] = parsed(field.type, text)
    else if (textOf(field, before[field.key]) !== '') config[field.key] = null
  }
  return config
}

interface FieldsProps {
  fields: ConfigField[]
  values: FieldValues
  /** Present settings, to know which secrets are set. */
  config: Record<string, unknown>
  /** What the hub said when it did not take them. */
  error: unknown
  onChange(values: FieldValues): void
}

/** The settings form of any channel, from the fields it declares. */
export function AccountFields({ fields, values, config, error, onChange }: FieldsProps) {
  const { t, i18n } = useTranslation()
  const problems = fieldProblems(fields, error)
  return fields.map((field) => {
    const set = (value: string) => onChange({ ...values, [field.key]: value })
    const kept = field.type === 'secret' && isSecretSet(config[field.key])
    return (
      <Field
        key={field.key}
        label={inLanguage(field.label, i18n.language)}
        help={field.help && inLanguage(field.help, i18n.language)}
        error={problems[field.key] ?? null}
        {...(field.required ? {} : { optional: t('common.optional') })}
      >
        {(props) => <Control field={field} props={props} value={values[field.key] ?? ''} kept={kept} set={set} />}
      </Field>
    )
  })
}

interface ControlProps {
  field: ConfigField
  props: { id: string; 'aria-describedby': string }
  value: string
  kept: boolean
  set(value: string): void
}

function Control({ field, props, value, kept, set }: ControlProps) {
  const { t } = useTranslation()
  const placeholder = kept ? t('account.secretKept') : (field.placeholder ?? '')
  const common = { ...props, required: field.required && !kept, placeholder }
  if (field.type === 'boolean' || field.type === 'select')
    return <Choice field={field} props={props} value={value} set={set} />
  if (field.type === 'list')
    return <TextArea {...common} rows={3} value={value} onChange={(event) => set(event.target.value)} />
  return (
    <Input
      {...common}
      type={field.type === 'secret' ? 'password' : field.type === 'number' ? 'number' : 'text'}
      autoComplete={field.type === 'secret' ? 'new-password' : 'off'}
      spellCheck={false}
      value={value}
      onChange={(event) => set(event.target.value)}
    />
  )
}

/** Not chosen is a choice of its own, unless the channel wants one: its default then applies, whatever it is. */
function Choice({ field, props, value, set }: Omit<ControlProps, 'kept'>) {
  const { t, i18n } = useTranslation()
  const options: [string, string][] =
    field.type === 'boolean'
      ? [
          ['true', t('common.yes')],
          ['false', t('common.no')],
        ]
      : (field.options ?? []).map((option) => [option.value, inLanguage(option.label, i18n.language)])
  return (
    <Select {...props} required={field.required} value={value} onChange={(event) => set(event.target.value)}>
      {(!field.required || value === '') && <option value="">{field.required ? '' : t('common.byDefault')}</option>}
      {options.map(([name, label]) => (
        <option key={name} value={name}>
          {label}
        </option>
      ))}
    </Select>
  )
}
