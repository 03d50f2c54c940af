import { describe, expect, it } from 'vitest'
import { type People, Who } from '../../../adapters/wechat/who.ts'

interface Friend {
  name: string
  alias: string
  weixin: string
}

/** WeChat as a puppet shows it: ids of this login over friends that stay. */
function phone(friends: Record<string, Friend>, keepsAliases = true): People & { marked: number } {
  return {
    marked: 0,
    contactPayload: async (id) => {
      const friend = friends[id]
      if (friend === undefined) throw new Error(`no payload for ${id}`)
      return { ...friend }
    },
    contactPayloadDirty: async () => {},
    async contactAlias(id, alias) {
      this.marked += 1
      const friend = friends[id]
      if (keepsAliases && friend !== undefined) friend.alias = alias
    },
    contactList: async () => Object.keys(friends),
  }
}

const li = (): Friend => ({ name: '李梅', alias: '', weixin: '' })

describe('knowing a customer over logins', () => {
  it('keeps an id that lasts, and marks nobody', async () => {
    const people = phone({ wxid_li: li() })
    expect(await new Who(people, true, 's1').contact('wxid_li')).toEqual({
      address: 'wxid_li',
      name: '李梅',
      stable: true,
    })
    expect(people.marked).toBe(0)
  })

  it('finds the mark again when the ids are new, and answers to the new id', async () => {
    const friend = li()
    const before = await new Who(phone({ '@abc': friend }), true, 's1').contact('@abc')
    expect(before).toMatchObject({ name: '李梅', stable: true })
    const after = new Who(phone({ '@xyz': friend, '@other': li() }), true, 's2')
    expect(await after.idOf(before.address)).toBe('@xyz')
    expect((await after.contact('@xyz')).address).toBe(before.address)
  })

  it('makes one mark for two messages at once, and keeps the remark name before it', async () => {
    const friend = { ...li(), alias: 'VIP 李' }
    const people = phone({ '@abc': friend })
    const who = new Who(people, true, 's1')
    const [one, two] = await Promise.all([who.contact('@abc'), who.contact('@abc')])
    expect(one).toEqual(two)
    expect(one.name).toBe('VIP 李')
    expect(people.marked).toBe(1)
    expect(friend.alias).toMatch(/^VIP 李 #[a-z2-7]{8}$/)
  })

  it('does not believe a mark that the puppet did not keep, and says that the address is of this login', async () => {
    const who = new Who(phone({ '@abc': li() }, false), true, 's1')
    const contact = await who.contact('@abc')
    expect(contact).toMatchObject({ stable: false })
    expect(await who.idOf(contact.address)).toBe('@abc')
    expect(await new Who(phone({ '@abc': li() }), true, 's2').idOf(contact.address)).toBeNull()
  })

  it('leaves remark names alone when told to, and takes the WeChat id where there is one', async () => {
    const people = phone({ '@abc': { ...li(), weixin: 'limei88' } })
    const who = new Who(people, false, 's1')
    expect((await who.contact('@abc')).address).toBe('weixin:limei88')
    expect(people.marked).toBe(0)
    expect(await new Who(people, false, 's2').idOf('weixin:limei88')).toBe('@abc')
  })
})
