import { describe, expect, it } from 'vitest'
import { types } from 'wechaty-puppet'
import { type Details, describe as describeMessage, recalledId } from '../../../adapters/wechat/content.ts'

const details: Details = {
  contactName: async () => '王磊',
  url: async () => ({ title: 'News', description: 'of today', url: 'https://example.com/a' }),
  location: async () => ({ name: 'Office', address: 'Main Street 1', latitude: 39.9, longitude: 116.3 }),
  miniProgram: async () => ({ title: 'Order', description: '' }),
}
const broken: Details = {
  contactName: () => Promise.reject(new Error('unsupported')),
  url: () => Promise.reject(new Error('unsupported')),
  location: () => Promise.reject(new Error('unsupported')),
  miniProgram: () => Promise.reject(new Error('unsupported')),
}

const ALL = Object.values(types.Message).filter((type): type is types.Message => typeof type === 'number')

describe('every kind of WeChat message', () => {
  it.each(ALL.map((type) => [types.Message[type], type] as const))('%s is a file or words to read', async (_, type) => {
    for (const from of [details, broken]) {
      const { text, file } = await describeMessage(type, '<msg><x/></msg>', from)
      expect(file || text.length > 0).toBe(true)
    }
  })

  it('keeps the words of a text, whatever they look like', async () => {
    expect(await describeMessage(types.Message.Text, ' <b>hi</b> ', details)).toEqual({
      text: ' <b>hi</b> ',
      file: false,
    })
  })

  it('gives a place, a link and a card their contents', async () => {
    const text = async (type: types.Message) => (await describeMessage(type, '', details)).text
    expect(await text(types.Message.Location)).toBe('[location · 位置]\nOffice\nMain Street 1\n39.9, 116.3')
    expect(await text(types.Message.Url)).toBe('[link · 链接]\nNews\nof today\nhttps://example.com/a')
    expect(await text(types.Message.Contact)).toBe('[contact card · 名片] 王磊')
  })

  it('finds which message was taken back', () => {
    expect(recalledId(' 123 ')).toBe('123')
    expect(recalledId('<sysmsg><revokemsg><msgid>998877</msgid></revokemsg></sysmsg>')).toBe('998877')
  })
})
