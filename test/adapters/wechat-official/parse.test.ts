import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { parse } from '../../../adapters/wechat-official/parse.ts'
import { readXml } from '../../../adapters/wechat-official/xml.ts'
import type { AccountId, InboundEvent } from '../../../src/model.ts'

const OPENID = 'ogdotwSc_MmEEsJs9-ABZ1QL_4r4'
const ID = '23456789012345678'
const AT = 1483317600_000
const HOURS_48 = 48 * 3_600_000

async function parsed(name: string) {
  const xml = await readFile(new URL(`../../fixtures/wechat-official/${name}.xml`, import.meta.url), 'utf8')
  return parse('account' as AccountId, readXml(xml) ?? new Map())
}

async function event(name: string): Promise<InboundEvent> {
  const result = await parsed(name)
  if (result.kind !== 'event') throw new Error(JSON.stringify(result))
  return result.event
}

const message = async (name: string) => {
  const found = await event(name)
  if (found.kind !== 'message') throw new Error(found.kind)
  return found
}

describe('what customers send to an Official Account', () => {
  it('is known by WeChat’s id, sender and time, and opens five answers in 48 hours', async () => {
    expect(await event('text')).toEqual({
      kind: 'message',
      account: 'account',
      id: ID,
      at: AT,
      thread: OPENID,
      from: { address: OPENID, verified: true },
      text: '你好 <b>&amp; 🎂',
      media: [],
      window: { expiresAt: AT + HOURS_48, remaining: 5 },
    })
  })

  it.each([
    ['image', '', { ref: '9JqhMWg4QxP7BSXR0IZGuf', name: `${ID}.jpg`, mimeType: 'image/jpeg' }],
    ['voice', '明天送到吗?', { ref: 'v0ice-Id_1', name: `${ID}.amr`, mimeType: 'audio/amr' }],
    ['video', '', { ref: 'vid_1', name: `${ID}.mp4`, mimeType: 'video/mp4' }],
    ['shortvideo', '', { ref: 'vid_2', name: `${ID}.mp4`, mimeType: 'video/mp4' }],
  ])('%s is a file to fetch later', async (name, text, media) => {
    expect(await message(name)).toMatchObject({ id: ID, text, media: [{ state: 'remote', ...media }] })
  })

  it.each([
    ['location', '[location · 位置]\n天安门广场\n39.908775, 116.397439'],
    ['link', '[link · 链接]\nOrder 17\nhttps://example.com/o/17?a=1&b=2'],
    ['future', '[unsupported · 不支持的消息] hologram'],
  ])('%s is words to read', async (name, text) => {
    expect(await message(name)).toMatchObject({ text, media: [] })
  })

  it.each([
    ['scan', '[QR code scanned · 扫描二维码] shop1', 'SCAN:shop1'],
    ['click', '[menu · 菜单] CONTACT_US', 'CLICK:CONTACT_US'],
  ])('%s opens three answers in one minute', async (name, text, id) => {
    expect(await message(name)).toMatchObject({
      id: `${OPENID}:1483317600:${id}`,
      text,
      window: { expiresAt: AT + 60_000, remaining: 3 },
    })
  })

  it('following is consent, with three answers in one minute', async () => {
    expect(await event('subscribe')).toMatchObject({
      kind: 'consent',
      change: 'granted',
      evidence: 'subscribe qrscene_shop1',
      window: { expiresAt: AT + 60_000, remaining: 3 },
    })
  })

  it('unfollowing takes it back', async () => {
    const found = await event('unsubscribe')
    expect(found).toMatchObject({ kind: 'consent', change: 'revoked', thread: OPENID })
    expect(found).not.toHaveProperty('window')
  })

  it.each(['view', 'template'])('%s is nothing that a person must see', async (name) => {
    expect((await parsed(name)).kind).toBe('ignored')
  })

  it('says what is broken', () => {
    const base = { FromUserName: OPENID, CreateTime: '1483317600', MsgType: 'text', Content: 'x', MsgId: ID }
    const why = (over: Record<string, string>) =>
      parse('a' as AccountId, new Map(Object.entries({ ...base, ...over }))).kind
    expect(why({})).toBe('event')
    for (const over of [
      { FromUserName: '' },
      { FromUserName: '<script>' },
      { CreateTime: 'soon' },
      { MsgType: '' },
      { MsgId: '' },
    ])
      expect(why(over)).toBe('broken')
  })

  it('drops control characters and keeps lines', () => {
    const fields = { FromUserName: OPENID, CreateTime: '1', MsgType: 'text', Content: 'a\u0000\u0007b\n\tc', MsgId: ID }
    const result = parse('a' as AccountId, new Map(Object.entries(fields)))
    expect(result).toMatchObject({ kind: 'event', event: { text: 'ab\n\tc' } })
  })
})
