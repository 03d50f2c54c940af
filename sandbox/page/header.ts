import { el, fill, icon } from './dom.ts'
import type { Part } from './phone.ts'
import { settings, switchLanguage, switchTheme } from './settings.ts'
import { post, type Store } from './store.ts'

function logo(): HTMLElement {
  const box = el('span', { class: 'logo', 'aria-hidden': 'true' })
  box.innerHTML =
    '<svg viewBox="0 0 32 32" width="28" height="28"><rect width="32" height="32" rx="8" fill="var(--accent)"/><path d="M8 12.5a4.5 4.5 0 0 1 4.5-4.5h7a4.5 4.5 0 0 1 0 9h-7a4.5 4.5 0 0 0 0 9H24" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/></svg>'
  return box
}

/** What this is, the way to the inbox and who can sign in there, and the busy day. */
export function header(store: Store): Part {
  const { words } = settings
  const playWords = el('span')
  const play = el('button', { type: 'button', class: 'primary', onclick: () => void toggle() })
  const toggle = () => post(store.now?.play.running ? 'stop' : 'play', {}).catch(() => {})
  const bar = el('div', { class: 'progress', role: 'progressbar', 'aria-valuemin': 0, hidden: true }, el('i'))
  const people = el('span', { class: 'people-list' })
  const signIn = el(
    'div',
    { class: 'sign-in', title: words.passwords },
    el('span', {}, words.signIn),
    people,
    el('span', { class: 'muted' }, words.passwords),
  )
  const away = el('div', { class: 'away', role: 'status', hidden: true }, words.away)
  const element = el(
    'header',
    {},
    el(
      'div',
      { class: 'head' },
      logo(),
      el('div', { class: 'words' }, el('h1', {}, words.title), el('p', {}, words.intro)),
      el(
        'div',
        { class: 'acts' },
        play,
        el(
          'a',
          {
            class: 'button',
            href: '/',
            target: '_blank',
            rel: 'noopener',
            title: words.openInbox,
            'aria-label': words.openInbox,
          },
          icon('open'),
          el('span', {}, words.openInbox),
        ),
        el(
          'button',
          { type: 'button', class: 'quiet', lang: settings.language === 'en' ? 'zh' : 'en', onclick: switchLanguage },
          words.other,
        ),
        el(
          'button',
          { type: 'button', class: 'round', title: words.theme, 'aria-label': words.theme, onclick: switchTheme },
          icon('theme', 18),
        ),
      ),
    ),
    signIn,
    away,
    bar,
  )
  return {
    element,
    update() {
      const { now } = store
      away.hidden = store.connected
      if (!now) return
      const { running, said, of } = now.play
      playWords.textContent = running ? `${words.stop} · ${words.progress(said, of)}` : words.play
      fill(play, [icon(running ? 'stop' : 'play', 14), playWords])
      bar.hidden = !running
      bar.setAttribute('aria-valuemax', String(of))
      bar.setAttribute('aria-valuenow', String(said))
      bar.style.setProperty('--part', String(said / of))
      signIn.hidden = now.signIns.length === 0
      fill(
        people,
        now.signIns.map(({ name, email }) => el('span', {}, el('strong', {}, name), ` ${email}`)),
      )
    },
  }
}
