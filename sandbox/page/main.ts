import { el } from './dom.ts'
import { header } from './header.ts'
import { mailWindow } from './mail.ts'
import { customerSwitch } from './people.ts'
import { glyph, type Part, smsPhone, wechatPhone } from './phone.ts'
import { settings } from './settings.ts'
import { shopWindow } from './shop-window.ts'
import { type DeviceId, Store } from './store.ts'

type Place = 'sms' | 'wechat' | 'mail' | 'web'
const PLACES: Place[] = ['sms', 'wechat', 'mail', 'web']

const { words, language } = settings
document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
document.title = `${words.title} · Onethread`

const store = new Store()
const chosen: { now: 'official' | 'personal' } = { now: 'official' }
/** On a narrow screen: the one device that is shown. */
let front: Place = 'sms'

const narrow = matchMedia('(max-width: 759px)')
const isLookedAt = (place: Place) => document.visibilityState === 'visible' && (!narrow.matches || front === place)

const parts: Record<Place, Part> = {
  sms: smsPhone(store, () => isLookedAt('sms')),
  wechat: wechatPhone(
    store,
    () => isLookedAt('wechat'),
    chosen,
    () => update(),
  ),
  mail: mailWindow(store, () => isLookedAt('mail')),
  web: shopWindow(store),
}

const devicesOf = (place: Place): DeviceId[] => (place === 'wechat' ? ['official', 'personal'] : [place])

/** A device on the desk, with who holds it above. */
function station(place: Place): Part {
  const switches = devicesOf(place).map((device) => ({ device, ...customerSwitch(store, device) }))
  const element = el(
    'section',
    { class: `station ${place}`, 'aria-label': words[place] },
    el('div', { class: 'label' }, el('h2', {}, glyph(place), words[place]), ...switches.map((one) => one.element)),
    parts[place].element,
  )
  return {
    element,
    update() {
      for (const one of switches) {
        one.element.hidden = place === 'wechat' && one.device !== chosen.now
        one.update()
      }
      parts[place].update()
    },
  }
}

const top = header(store)
const stations = PLACES.map(station)

const tabs = PLACES.map((place) => ({
  place,
  element: el(
    'button',
    {
      type: 'button',
      onclick: () => {
        front = place
        update()
      },
    },
    glyph(place),
    el('span', {}, words[place].split(' · ').at(-1)),
    el('b', { class: 'badge' }),
  ),
}))

const desk = el('main', { class: 'desk' }, ...stations.map(({ element }) => element))
document.body.append(top.element, desk, el('nav', { class: 'switcher' }, ...tabs.map(({ element }) => element)))

const unreadAt = (place: Place): number =>
  devicesOf(place)
    .flatMap((device) => (store.now?.customers[device] ?? []).map(({ address }) => store.unread(device, address)))
    .reduce((sum, count) => sum + count, 0)

function update(): void {
  desk.dataset.front = front
  desk.classList.toggle('ready', store.now !== null)
  top.update()
  for (const { update: refresh } of stations) refresh()
  for (const { place, element } of tabs) {
    element.setAttribute('aria-current', String(place === front))
    const badge = element.querySelector('.badge')
    const unread = place === front ? 0 : unreadAt(place)
    if (badge) badge.textContent = unread > 0 ? String(unread) : ''
  }
}

store.subscribe(update)
document.addEventListener('visibilitychange', update)
narrow.addEventListener('change', update)
update()
store.start()
