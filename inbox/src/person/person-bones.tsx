import { Bone } from '../ui/states.tsx'

export function PersonBones() {
  return (
    <div className="flex flex-col gap-5 p-4">
      <div className="flex items-center gap-3">
        <Bone className="size-12 rounded-full" />
        <div className="flex flex-1 flex-col gap-2">
          <Bone className="h-4 w-3/5" />
          <Bone className="h-3 w-2/5" />
        </div>
      </div>
      {[0, 1, 2].map((index) => (
        <div key={index} className="flex flex-col gap-2">
          <Bone className="h-3 w-1/3" />
          <Bone className="h-8" />
          <Bone className="h-8" />
        </div>
      ))}
    </div>
  )
}
