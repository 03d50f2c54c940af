import { Navigate, useParams } from '@tanstack/react-router'
import { type ComponentType, lazy, Suspense } from 'react'
import { useMe } from '../api/session.ts'
import { Bone } from '../ui/states.tsx'
import { type SectionName, sectionsOf } from './sections.ts'

const PAGES: Record<SectionName, ComponentType> = {
  profile: lazy(() => import('./profile.tsx').then((page) => ({ default: page.Profile }))),
  accounts: lazy(() => import('./accounts.tsx').then((page) => ({ default: page.Accounts }))),
  agents: lazy(() => import('./agents.tsx').then((page) => ({ default: page.Agents }))),
  teams: lazy(() => import('./teams.tsx').then((page) => ({ default: page.Teams }))),
  labels: lazy(() => import('./labels.tsx').then((page) => ({ default: page.Labels }))),
  tokens: lazy(() => import('./tokens.tsx').then((page) => ({ default: page.Tokens }))),
  'dead-letters': lazy(() => import('./dead-letters.tsx').then((page) => ({ default: page.DeadLetters }))),
}

export function SettingsSection() {
  const { section } = useParams({ from: '/settings/$section' })
  const name = sectionsOf(useMe().role).find((one) => one === section)
  if (!name) return <Navigate to="/settings/$section" params={{ section: 'profile' }} replace />
  const Page = PAGES[name]
  return (
    <Suspense fallback={<SectionBones />}>
      <Page />
    </Suspense>
  )
}

function SectionBones() {
  return (
    <div className="mx-auto flex max-w-200 flex-col gap-4 px-8 py-8">
      <Bone className="h-6 w-40" />
      <Bone className="h-4 w-80" />
      {[0, 1, 2].map((index) => (
        <Bone key={index} className="h-16 rounded-panel" />
      ))}
    </div>
  )
}
