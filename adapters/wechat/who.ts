import { randomBytes } from 'node:crypto'
import type { ChildContact } from './protocol.ts'

/** The part of a puppet that knows people. */
export interface People {
  contactPayload(id: string): Promise<{ name: string; alias?: string; weixin?: string }>
  contactPayloadDirty(id: string): Promise<void>
  contactAlias(id: string, alias: string): Promise<unknown>
  contactList(): Promise<string[]>
}

const MARK = /#([a-z2-7]{8})$/
const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567'
/** WeChat keeps 32 letters (16 Chinese characters) of a remark name. */
const ALIAS_MAX = 16

/** On the web protocol ids begin with @ and are new at every login; other puppets give WeChat's own. */
const isLasting = (id: string): boolean => !id.startsWith('@')

/**
 * Who somebody is, over logins. In this order: an id that lasts; a mark in the remark name, which we write there
 * where the operator allows it and which the puppet must give back; the WeChat id. Where none works, the address
 * holds for this login only (`stable` is false) and the customer is a new identity after the next one: an
 * agent may join the two.
 */
export class Who {
  readonly #people: People
  readonly #mayMark: boolean
  readonly #idOf = new Map<string, string>()
  readonly #known = new Map<string, Promise<ChildContact>>()
  readonly #session: string

  constructor(people: People, mayMark: boolean, session: string) {
    this.#people = people
    this.#mayMark = mayMark
    this.#session = session
  }

  /** One look-up per contact and login: two messages at once must not make two marks. */
  contact(id: string): Promise<ChildContact> {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const looked = this.#look(id)
    this.#known.set(id, looked)
    looked.catch(() => this.#known.delete(id))
    return looked
  }

  /** The id behind an address now; null when it was only good for an earlier login, or is gone. */
  async idOf(address: string): Promise<string | null> {
    const known = this.#idOf.get(address)
    if (known !== undefined) return known
    if (address.startsWith('mark:') || address.startsWith('weixin:')) return this.#search(address)
    return address.startsWith('session:') ? null : address
  }

  async #look(id: string): Promise<ChildContact> {
    const { name, alias = '', weixin = '' } = await this.#people.contactPayload(id)
    const address = await this.#address(id, name, alias, weixin)
    this.#idOf.set(address, id)
    const shown = alias.replace(MARK, '').trim() || name
    return { address, name: shown, stable: !address.startsWith('session:') }
  }

  async #address(id: string, name: string, alias: string, weixin: string): Promise<string> {
    if (isLasting(id)) return id
    const mark = markIn(alias) ?? (this.#mayMark ? await this.#mark(id, alias || name) : null)
    if (mark !== null) return `mark:${mark}`
    return weixin === '' ? `session:${this.#session}:${id.slice(-32)}` : `weixin:${weixin}`
  }

  /** Writes a mark and believes it only when it is read back. */
  async #mark(id: string, shown: string): Promise<string | null> {
    const mark = Array.from(randomBytes(8), (byte) => LETTERS[byte & 31]).join('')
    const name = Array.from(shown)
      .slice(0, ALIAS_MAX - 10)
      .join('')
    try {
      await this.#people.contactAlias(id, `${name} #${mark}`.trim())
      await this.#people.contactPayloadDirty(id)
      return markIn((await this.#people.contactPayload(id)).alias ?? '') === mark ? mark : null
    } catch {
      return null
    }
  }

  async #search(address: string): Promise<string | null> {
    for (const id of await this.#people.contactList()) {
      const found = await this.#people.contactPayload(id).catch(() => null)
      if (found === null) continue
      const { alias = '', weixin = '' } = found
      if (address === `mark:${markIn(alias)}` || address === `weixin:${weixin}`) {
        this.#idOf.set(address, id)
        return id
      }
    }
    return null
  }
}

const markIn = (alias: string): string | null => MARK.exec(alias)?.[1] ?? null
