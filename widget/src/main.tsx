import { render } from 'preact'
import { Chat } from './chat.ts'
import { contrast, textOn } from './color.ts'
import { Host } from './host.ts'
import { Panel } from './panel.tsx'
import { readSettings } from './settings.ts'
import { wordsOf } from './words.ts'
import './app.css'

function start(root: HTMLElement): void {
  const settings = readSettings(root, location.hash)
  const { accent, position, language } = settings
  const onAccent = textOn(accent)
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  const { style } = document.documentElement
  style.setProperty('--accent', accent)
  style.setProperty('--on-accent', onAccent)
  // As text on our surfaces the accent must be readable in both themes; otherwise the text colour stands in.
  if (contrast(accent, '#ffffff') >= 4.5) style.setProperty('--accent-on-light', accent)
  if (contrast(accent, '#16181d') >= 4.5) style.setProperty('--accent-on-dark', accent)

  const host = new Host(settings.hostOrigin, (message) => void chat.fromHost(message))
  const chat: Chat = new Chat(settings.hook, host)
  render(<Panel chat={chat} settings={settings} words={wordsOf(language)} />, root)
  host.tell({ type: 'ready', accent, onAccent, position })
  if (!settings.hostOrigin) chat.open()
}

const root = document.getElementById('app')
if (root) start(root)
