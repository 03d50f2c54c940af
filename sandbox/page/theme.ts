/** Before the first paint, and the same choice as the inbox's: both are read from one place. */
;(() => {
  let chosen: string | null = null
  try {
    chosen = localStorage.getItem('onethread.theme')
  } catch {}
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()
