import * as v from 'valibot'
import type { Channel } from '../adapters/contract.ts'
import type { ChannelCatalogue } from '../conversations/channel-facts.ts'
import type { ChannelView } from './views.ts'

/** What the registry's channels tell the rest of the house about themselves. */

const viewOf = (channel: Channel): ChannelView => ({
  channel: channel.channel,
  label: channel.label,
  glyph: channel.glyph,
  capabilities: channel.capabilities,
  ...(channel.logsIn ? { logsIn: true } : {}),
  fields: channel.fields.map((field) => ({
    key: field.key,
    type: field.type,
    label: field.label,
    required: field.required,
    ...(field.help ? { help: field.help } : {}),
    ...(field.options ? { options: field.options } : {}),
    ...(field.placeholder === undefined ? {} : { placeholder: field.placeholder }),
  })),
})

export const catalogueOf = (channels: readonly Channel[]): ChannelCatalogue =>
  new Map(
    channels.map((channel) => [
      channel.channel,
      {
        view: viewOf(channel),
        addressSpace: channel.addressSpace,
        normalize: (raw: string) => channel.normalize(raw),
      },
    ]),
  )

export type SettingsCheck = { ok: true } | { ok: false; issues: string[] }

/** Checks an account's settings by its channel's own schema; the issues are for people. */
export const settingsChecker =
  (channels: readonly Channel[]) =>
  (name: string, settings: Record<string, unknown>): SettingsCheck => {
    const channel = channels.find((candidate) => candidate.channel === name)
    if (!channel) return { ok: false, issues: [`There is no channel ${name}.`] }
    const parsed = v.safeParse(channel.config, settings)
    if (parsed.success) return { ok: true }
    const label = (key: string | null) => channel.fields.find((field) => field.key === key)?.label.en ?? key
    return {
      ok: false,
      issues: parsed.issues.map((issue) => {
        const path = v.getDotPath(issue)
        return path ? `${label(path)}: ${issue.message}` : issue.message
      }),
    }
  }
