import { bubbles } from './bubbles.ts'
import { composer } from './composer.ts'
import { el, fill, icon } from './dom.ts'
import { type Picked, takeDrops } from './files.ts'
import { loginScreen } from './login-screen.ts'
import { avatar } from './people.ts'
import { settings } from './settings.ts'
import type { Store } from './store.ts'
import { FIRST_WORDS } from './words.ts'

type ChatDevice = 'sms' | 'official' | 'personal'

export interface Part {
  element: HTMLElement
  update(): void
}

/** One app with one chat in it. */
function chatApp(store: Store, device: ChatDevice, isLookedAt: () => boolean): Part {
  const { words } = settings
  const current = () => store.customer(device)?.address ?? ''
  const say = (what: { text?: string; media?: Picked[]; samples?: string[] }) =>
    store.say({ device, customer: current(), text: '', ...what })
  const log = bubbles()
  const title = el('div', { class: 'who' })
  const under = el('span', { class: 'under' })
  const leave = el(
    'button',
    { type: 'button', class: 'quiet', onclick: () => void fetch('/sandbox/api/logout', JSON_POST) },
    words.logout,
  )
  const typing = composer({
    placeholder: device === 'sms' ? words.writeSms : words.writeWechat,
    send: (text) => say({ text }),
    sendFiles: (media) => media.length > 0 && say({ media }),
    sendSample: (name) => say({ samples: [name] }),
  })
  const login = device === 'personal' ? loginScreen(store) : null
  const element = el(
    'div',
    { class: `app ${device === 'sms' ? 'sms' : 'wechat'}` },
    el('div', { class: 'contact' }, avatar('Fern Kettle', 'shop'), title, device === 'personal' && leave),
    log.element,
    typing.element,
    el('div', { class: 'drop', 'aria-hidden': 'true' }, words.dropHere),
    login?.element,
  )
  takeDrops(element, (media) => media.length > 0 && say({ media }))
  const empty = () => {
    const customer = store.customer(device)
    return el(
      'div',
      { class: 'first' },
      el('p', {}, words.emptyChat(store.now?.shop.name ?? '')),
      ...FIRST_WORDS[customer?.language ?? 'en'][device].map((text) =>
        el('button', { type: 'button', onclick: () => say({ text }) }, text),
      ),
    )
  }
  return {
    element,
    update() {
      const { now } = store
      const customer = store.customer(device)
      if (!now || !customer) return
      under.textContent = device === 'sms' ? '+1 202 555 0100' : words.shopSide
      fill(title, [title.firstChild ?? el('strong', {}, now.shop.name), under])
      log.update(
        store.messages(device, customer.address),
        {
          other: 'Fern Kettle',
          withAvatars: device !== 'sms',
          retry: (id) => store.retry(device, customer.address, id),
        },
        customer.name,
        empty,
      )
      login?.update()
      if (isLookedAt()) store.look(device, customer.address)
    },
  }
}

const JSON_POST = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }

function frame(...screen: HTMLElement[]): HTMLElement {
  const time = el('span', {}, '9:41')
  return el(
    'div',
    { class: 'phone' },
    el(
      'div',
      { class: 'screen' },
      el(
        'div',
        { class: 'status', 'aria-hidden': 'true' },
        time,
        el('i', { class: 'island' }),
        el('i', { class: 'battery' }),
      ),
      ...screen,
    ),
  )
}

/** A phone that is used for text messages. */
export function smsPhone(store: Store, isLookedAt: () => boolean): Part {
  const app = chatApp(store, 'sms', isLookedAt)
  return { element: frame(app.element), update: app.update }
}

/** A phone with WeChat: the shop's official account, or the shop as a friend. */
export function wechatPhone(
  store: Store,
  isLookedAt: () => boolean,
  chosen: { now: 'official' | 'personal' },
  changed: () => void,
): Part {
  const { words } = settings
  const apps = {
    official: chatApp(store, 'official', () => isLookedAt() && chosen.now === 'official'),
    personal: chatApp(store, 'personal', () => isLookedAt() && chosen.now === 'personal'),
  }
  const tabOf = (key: 'official' | 'personal') =>
    el(
      'button',
      {
        type: 'button',
        role: 'tab',
        onclick: () => {
          chosen.now = key
          changed()
        },
      },
      words[key],
      el('b', { class: 'badge' }),
    )
  const tabs = { official: tabOf('official'), personal: tabOf('personal') }
  const update = () => {
    for (const key of ['official', 'personal'] as const) {
      tabs[key].setAttribute('aria-selected', String(key === chosen.now))
      apps[key].element.hidden = key !== chosen.now
      apps[key].update()
      const unread = (store.now?.customers[key] ?? []).reduce((sum, { address }) => sum + store.unread(key, address), 0)
      const badge = tabs[key].querySelector('.badge')
      if (badge) badge.textContent = unread > 0 && key !== chosen.now ? String(unread) : ''
    }
  }
  return {
    element: frame(
      el('div', { class: 'tabs', role: 'tablist' }, tabs.official, tabs.personal),
      apps.official.element,
      apps.personal.element,
    ),
    update,
  }
}

export const deviceIcon = { sms: 'sms', wechat: 'wechat', mail: 'mail', web: 'web' } as const
export const glyph = (device: keyof typeof deviceIcon): SVGSVGElement => icon(deviceIcon[device], 15)
