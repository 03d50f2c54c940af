import { el } from './dom.ts'
import { settings } from './settings.ts'
import type { Customer, DeviceId, Store } from './store.ts'

const HUES = [262, 200, 152, 28, 340, 96, 222, 312]

/** The same person has the same colour on every device. */
const hueOf = (name: string): number =>
  HUES[[...name].reduce((sum, sign) => sum + (sign.codePointAt(0) ?? 0), 0) % HUES.length] ?? 0

const initials = (name: string): string =>
  /[\u4e00-\u9fff]/.test(name)
    ? name.slice(-1)
    : name
        .split(' ')
        .map((part) => part[0])
        .join('')

export function avatar(name: string, className = ''): HTMLElement {
  const element = el('span', { class: `avatar ${className}`, 'aria-hidden': 'true' }, initials(name))
  element.style.setProperty('--hue', String(hueOf(name)))
  return element
}

/** Who holds the device: a row of people, of whom one is chosen. */
export function customerSwitch(store: Store, device: DeviceId): { element: HTMLElement; update(): void } {
  const element = el('div', { class: 'people', role: 'radiogroup', 'aria-label': settings.words.customers })
  const buttons = new Map<string, HTMLButtonElement>()
  const buttonOf = (customer: Customer): HTMLButtonElement => {
    const made = el(
      'button',
      {
        type: 'button',
        role: 'radio',
        title: customer.shown ? `${customer.name} · ${customer.shown}` : customer.name,
        onclick: () => store.choose(device, customer.address),
      },
      avatar(customer.name),
      el('span', { class: 'name' }, customer.name),
      el('b', { class: 'badge' }),
    )
    buttons.set(customer.address, made)
    return made
  }
  return {
    element,
    update() {
      const chosen = store.customer(device)
      const customers = store.now?.customers[device] ?? []
      for (const customer of customers) {
        const button = buttons.get(customer.address) ?? element.appendChild(buttonOf(customer))
        const unread = store.unread(device, customer.address)
        button.setAttribute('aria-checked', String(customer.address === chosen?.address))
        const badge = button.querySelector('.badge')
        if (badge) badge.textContent = unread > 0 && customer.address !== chosen?.address ? String(unread) : ''
      }
    },
  }
}
