import { useTranslation } from 'react-i18next'
import { Bone } from '../ui/states.tsx'

export function BubbleBones() {
  return (
    <div className="flex flex-col gap-4 px-5 py-6">
      <Bone className="h-14 w-3/5 rounded-bubble" />
      <Bone className="h-10 w-2/5 rounded-bubble" />
      <Bone className="ml-auto h-20 w-1/2 rounded-bubble" />
      <Bone className="h-10 w-1/3 rounded-bubble" />
      <Bone className="ml-auto h-10 w-2/5 rounded-bubble" />
    </div>
  )
}

export function ThreadBones() {
  const { t } = useTranslation()
  return (
    <div role="status" aria-label={t('common.loading')} className="flex h-full flex-col">
      <div className="flex h-14 shrink-0 items-center gap-3 border-b px-4">
        <Bone className="size-8 rounded-full" />
        <Bone className="h-4 w-40" />
      </div>
      <div className="flex-1">
        <BubbleBones />
      </div>
      <div className="p-4">
        <Bone className="h-28 rounded-panel" />
      </div>
    </div>
  )
}
