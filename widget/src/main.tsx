import { render } from 'preact'
import { Chat } from './chat.ts'
import { contrast, textOn } from './color.ts'
import { Host } from './host.ts'
import { Panel } from './panel.tsx'
import { readSettings } from './settings.ts'
import { keepAtHost } from './storage.ts'
import { wordsOf } from './words.ts'
import './app.css'
import './thread.css'
import './composer.css'
import './devices.css'

function start(root: HTMLElement): void {
  const settings = readSettings(root, location.hash)
  const { accent, position, language } = settings
  const onAccent = textOn(accent)
  // The region says how times are written: 14:02 or 2:02 pm.
  const region = navigator.language.startsWith(language) ? navigator.language : language === 'zh' ? 'zh-CN' : 'en'
  document.documentElement.lang = region
  const { style } = document.documentElement
  style.setProperty('--accent', accent)
  style.setProperty('--on-accent', onAccent)
  // As text on our surfaces the accent must be readable in both themes; otherwise a lighter or darker one stands in.
  if (contrast(accent, '#ffffff') >= 4.5) style.setProperty('--accent-on-light', accent)
  if (contrast(accent, '#16181d') >= 4.5) style.setProperty('--accent-on-dark', accent)

  let chat: Chat | undefined
  const begin = () => {
    chat = new Chat(settings.hook, host)
    render(<Panel chat={chat} settings={settings} words={wordsOf(language)} />, root)
  }
  const host: Host = new Host(settings.hostOrigin, (message) => {
    if (message.type !== 'kept') chat?.fromHost(message)
    else if (!chat) {
      keepAtHost(message.values, (key, value) => host.tell({ type: 'keep', key, value }))
      begin()
    }
  })
  host.tell({ type: 'ready', accent, onAccent, position })
  if (settings.hostOrigin) return
  begin()
  chat?.open()
}

const root = document.getElementById('app')
if (root) start(root)
