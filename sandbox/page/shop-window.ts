import { el } from './dom.ts'
import type { Part } from './phone.ts'
import { settings } from './settings.ts'
import type { Store } from './store.ts'

/** A browser with the shop's website in it, and in that the real chat. */
export function shopWindow(store: Store): Part {
  const { words } = settings
  const page = el('div', { class: 'page' }, el('p', { class: 'empty' }, words.loadingShop))
  const who = el('span', { class: 'who' })
  const element = el(
    'div',
    { class: 'window shop' },
    el(
      'div',
      { class: 'titlebar' },
      el('span', { class: 'dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i')),
      el('span', { class: 'address' }, 'fernandkettle.example'),
      who,
    ),
    page,
  )
  let shown = ''
  return {
    element,
    update() {
      const customer = store.customer('web')
      if (!customer || !store.now?.open) return
      who.textContent = customer.name
      who.title = words.signedInAs
      if (shown === customer.address) return
      shown = customer.address
      const src = `/sandbox/shop?customer=${encodeURIComponent(customer.address)}`
      page.replaceChildren(el('iframe', { src, title: words.web, allow: 'clipboard-write' }))
    },
  }
}
