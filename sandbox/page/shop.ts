/** What a website adds to the loader for customers who are logged in: who they are, signed by its own server. */
;(() => {
  const { jwt } = document.currentScript?.dataset ?? {}
  const early: unknown[][] = [['identify', jwt]]
  ;(window as unknown as { Onethread: unknown }).Onethread = early
})()
