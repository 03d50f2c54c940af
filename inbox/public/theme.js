// Sets the theme before the first paint; a file of its own because the page allows no inline script.
;(() => {
  let chosen = null
  try {
    chosen = localStorage.getItem('onethread.theme')
  } catch {}
  const dark = chosen === 'dark' || (chosen !== 'light' && window.matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()
