import { types } from 'wechaty-puppet'

/** The words of a Wechaty message that carries no file. */
export interface Described {
  text: string
  /** The message has a file to fetch. */
  file: boolean
}

/** What a puppet can tell of a message beside its text; each may fail, then less is shown. */
export interface Details {
  contactName(): Promise<string>
  url(): Promise<{ title: string; description?: string; url: string }>
  location(): Promise<{ name: string; address: string; latitude: number; longitude: number }>
  miniProgram(): Promise<{ title?: string; description?: string }>
}

const WITH_FILE = new Set<number>([
  types.Message.Attachment,
  types.Message.Audio,
  types.Message.Emoticon,
  types.Message.Image,
  types.Message.Video,
])

/** Types that cannot be fetched through a puppet: the agent learns that there was one. */
const ONLY_NAMED = new Map<number, string>([
  [types.Message.ChatHistory, 'chat history · 聊天记录'],
  [types.Message.GroupNote, 'group note · 群笔记'],
  [types.Message.Transfer, 'transfer · 转账'],
  [types.Message.RedEnvelope, 'red envelope · 红包'],
  [types.Message.Post, 'post · 动态'],
])

/** Every type becomes something an agent can read. */
export async function describe(type: number, text: string, details: Details): Promise<Described> {
  if (WITH_FILE.has(type)) return { text: '', file: true }
  if (type === types.Message.Text) return { text, file: false }
  const named = ONLY_NAMED.get(type)
  if (named !== undefined) return { text: `[${named}]`, file: false }
  return { text: await special(type, text, details).catch(() => tagged('message · 消息', [plain(text)])), file: false }
}

async function special(type: number, text: string, details: Details): Promise<string> {
  switch (type) {
    case types.Message.Contact:
      return tagged('contact card · 名片', [await details.contactName()])
    case types.Message.Url: {
      const link = await details.url()
      return tagged('link · 链接', [link.title, link.description ?? '', link.url])
    }
    case types.Message.Location: {
      const place = await details.location()
      return tagged('location · 位置', [place.name, place.address, `${place.latitude}, ${place.longitude}`])
    }
    case types.Message.MiniProgram: {
      const program = await details.miniProgram()
      return tagged('mini program · 小程序', [program.title ?? '', program.description ?? ''])
    }
    default:
      return tagged('unsupported · 不支持的消息', [plain(text)])
  }
}

const tagged = (tag: string, lines: string[]): string =>
  [`[${tag}]`, ...lines.filter((line) => line !== '')].join(lines.length > 1 ? '\n' : ' ')

/** Puppets put WeChat's XML in the text of types they do not know: no words for a person. */
const plain = (text: string): string => (text.trimStart().startsWith('<') ? '' : text)

/** The id of the message that was taken back: the text itself, or in WeChat's XML. */
export const recalledId = (text: string): string => /<msgid>(\d+)<\/msgid>/.exec(text)?.[1] ?? text.trim()
