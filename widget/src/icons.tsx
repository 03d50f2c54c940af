/** Line drawings on a 24 × 24 grid, in the manner of the inbox's set; only those that the widget shows. */
const PATHS = {
  close: 'M18 6 6 18M6 6l12 12',
  down: 'm6 9 6 6 6-6',
  clip: 'M20 11.5l-8 8a5 5 0 0 1-7-7l8.5-8.5a3.4 3.4 0 0 1 4.8 4.8l-8.4 8.4a1.7 1.7 0 0 1-2.4-2.4L15 7.3',
  smile: 'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0M8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.5h.01M15 9.5h.01',
  send: 'm5 12 7-7 7 7M12 19V5',
  file: 'M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zM14 3v5h5M9 13h6M9 17h4',
  check: 'M20 6 9 17l-5-5',
  checks: 'M17 6 7.5 17 3 12.5M22 8l-8.5 9.5-1.5-1.5',
  clock: 'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0M12 7v5l3.5 2',
  alert: 'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0M12 8v4.5M12 16h.01',
  cloudOff: 'M3 3l18 18M4.5 12.5A11 11 0 0 1 9 9.8M19.5 12.5A11 11 0 0 0 14 9.2M8 16a6 6 0 0 1 5-1.8M12 20h.01',
}

export function Icon({ name, size = 20 }: { name: keyof typeof PATHS; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  )
}
