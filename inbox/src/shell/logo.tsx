export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path
        d="M8 12.5a4.5 4.5 0 0 1 4.5-4.5h7a4.5 4.5 0 0 1 0 9h-7a4.5 4.5 0 0 0 0 9H24"
        fill="none"
        stroke="#fff"
        strokeWidth="3"
        strokeLinecap="round"
      />
    </svg>
  )
}
