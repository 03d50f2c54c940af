import { Contact, FileWarning, KeyRound, type LucideIcon, Radio, Tag, UserRound, UsersRound } from 'lucide-react'
import type { Me } from '../api/shapes.ts'

export const SECTIONS = ['profile', 'accounts', 'agents', 'teams', 'labels', 'tokens', 'dead-letters'] as const
export type SectionName = (typeof SECTIONS)[number]

export const SECTION_ICONS: Record<SectionName, LucideIcon> = {
  profile: UserRound,
  accounts: Radio,
  agents: Contact,
  teams: UsersRound,
  labels: Tag,
  tokens: KeyRound,
  'dead-letters': FileWarning,
}

/** Everybody has a profile; administrators have the rest, supervisors what concerns people and words. */
export const sectionsOf = (role: Me['role']): SectionName[] =>
  role === 'administrator'
    ? [...SECTIONS]
    : role === 'supervisor'
      ? ['profile', 'agents', 'teams', 'labels']
      : ['profile']
