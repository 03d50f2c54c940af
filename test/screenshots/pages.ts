import type { Page } from 'playwright-core'
import type { SandboxedHub } from '../e2e/first-light/sandboxed-hub.ts'
import { ChatOnPage } from '../widget/browser.ts'
import type { Look, Who } from './looks.ts'
import type { Scene } from './scene.ts'

export interface Visit {
  name: string
  as: Who
  /** Only in these; in the first two otherwise. */
  looks?: string[]
  show(page: Page, look: Look): Promise<unknown>
}

const FIRST = ['desktop light en', 'phone dark zh']
const OTHERS = ['desktop dark zh', 'phone light en']
const EVERY = [...FIRST, ...OTHERS]
const WIDE = ['desktop light en', 'desktop dark zh']

export function visits(hub: SandboxedHub, scene: Scene): Visit[] {
  const at = (path: string) => `${hub.hub.url}${path}`
  const list = (page: Page, { words }: Look) => page.getByRole('list', { name: words.list.label }).getByRole('button')

  const inbox = async (page: Page, look: Look) => {
    await page.goto(at('/inbox/mine'))
    await list(page, look).nth(5).waitFor()
  }
  const thread = (id: string) => async (page: Page, look: Look) => {
    await page.goto(at(`/inbox/all/${id}`))
    await page.getByRole('textbox', { name: look.words.composer.replyText }).waitFor()
    await page.getByRole('log', { name: look.words.thread.messages }).getByRole('article').last().waitFor()
    if (look.width > 1000) await page.getByRole('heading', { name: look.words.person.identities }).waitFor()
  }
  const settings = (section: keyof Look['words']['settings'], name: string = section): Visit => ({
    name: `settings-${name}`,
    as: 'administrator',
    async show(page, { words }) {
      await page.goto(at(`/settings/${section}`))
      await page.getByRole('heading', { level: 2, name: words.settings[section] }).waitFor()
      const main = page.getByRole('main')
      await main.getByRole('listitem').or(main.getByRole('paragraph').nth(1)).first().waitFor()
    },
  })
  const account = async (page: Page, { words }: Look, name: string) => {
    await page.goto(at('/settings/accounts'))
    await page.getByRole('button', { name, exact: true }).click()
    await page.getByRole('dialog', { name }).getByText(words.account.hookUrl).waitFor()
  }
  const personMenu = async (page: Page, { words, width }: Look) => {
    if (width < 1000) await page.getByRole('heading', { level: 1 }).click()
    await page.getByRole('heading', { name: words.person.identities }).waitFor()
  }
  const website = async (page: Page) => {
    await page.goto(at('/demo'))
    const chat = new ChatOnPage(page)
    await chat.launcher().waitFor()
    return chat
  }

  const all: Visit[] = [
    {
      name: 'sign-in',
      as: 'nobody',
      async show(page, { words }) {
        await page.goto(at('/'))
        await page.getByRole('button', { name: words.signIn.action }).waitFor()
      },
    },
    { name: 'inbox', as: 'agent', looks: EVERY, show: inbox },
    { name: 'inbox-thread', as: 'agent', looks: EVERY, show: thread(scene.chat) },
    { name: 'thread-wechat', as: 'agent', show: thread(scene.wechat) },
    {
      name: 'thread-mail',
      as: 'agent',
      looks: EVERY,
      async show(page, look) {
        await thread(scene.mail)(page, look)
        await page.frameLocator('iframe').getByText('Silver needle').waitFor()
      },
    },
    { name: 'thread-failure', as: 'agent', show: thread(scene.failure) },
    {
      name: 'inbox-resolved-empty',
      as: 'agent',
      async show(page, { words }) {
        await page.goto(at('/inbox/resolved'))
        await page.getByText(words.empty.resolved).waitFor()
      },
    },
    {
      name: 'why',
      as: 'agent',
      looks: OTHERS,
      async show(page, look) {
        await thread(scene.wechat)(page, look)
        await page.getByRole('button', { name: look.words.why.title }).first().click()
        await page.getByRole('dialog', { name: look.words.why.title }).waitFor()
      },
    },
    {
      name: 'channel-picker',
      as: 'agent',
      async show(page, look) {
        await thread(scene.chat)(page, look)
        await page.getByRole('button', { name: new RegExp(`^${look.words.composer.ways}`) }).click()
        await page.getByRole('menuitem').first().waitFor()
      },
    },
    {
      name: 'person',
      as: 'agent',
      looks: ['phone dark zh', 'phone light en'],
      async show(page, look) {
        await thread(scene.chat)(page, look)
        await personMenu(page, look)
      },
    },
    {
      name: 'join',
      as: 'agent',
      async show(page, look) {
        await thread(scene.wechat)(page, look)
        await personMenu(page, look)
        const person = page.getByRole('complementary', { name: look.words.person.label })
        await person.getByRole('button', { name: look.words.thread.more }).click()
        await page.getByRole('menuitem', { name: look.words.join.open }).click()
        const dialog = page.getByRole('dialog')
        await dialog.getByRole('searchbox').fill('Emma')
        await dialog.getByRole('listitem').getByRole('button').first().click()
        await dialog.getByText(look.words.join.undoable).waitFor()
      },
    },
    {
      name: 'start',
      as: 'agent',
      looks: OTHERS,
      async show(page, look) {
        await inbox(page, look)
        await page.getByRole('button', { name: look.words.start.title }).click()
        await page.getByRole('tab', { name: look.words.start.addressTab }).click()
        await page.getByLabel(look.words.start.address).waitFor()
      },
    },
    {
      name: 'palette',
      as: 'agent',
      looks: WIDE,
      async show(page, look) {
        await thread(scene.chat)(page, look)
        await page.keyboard.press('Control+k')
        await page.getByRole('dialog').getByRole('option').first().waitFor()
      },
    },
    {
      name: 'people',
      as: 'agent',
      async show(page, look) {
        await page.goto(at(look.width > 1000 ? `/people/${scene.contact}` : '/people'))
        await page.getByRole('region', { name: look.words.nav.people }).getByRole('listitem').nth(3).waitFor()
        if (look.width > 1000) await page.getByRole('heading', { name: look.words.person.identities }).waitFor()
      },
    },
    settings('accounts'),
    settings('agents'),
    settings('teams'),
    settings('labels'),
    settings('tokens'),
    settings('dead-letters'),
    settings('profile'),
    {
      name: 'account-form',
      as: 'administrator',
      show: (page, look) => account(page, look, 'SMS +1 202 555 0100'),
    },
    {
      name: 'account-add',
      as: 'administrator',
      looks: OTHERS,
      async show(page, { words }) {
        await page.goto(at('/settings/accounts'))
        await page.getByRole('button', { name: words.account.add }).click()
        await page.getByRole('dialog').getByRole('button').nth(3).waitFor()
      },
    },
    {
      name: 'sandbox',
      as: 'nobody',
      looks: EVERY,
      async show(page, look) {
        await page.goto(at('/sandbox'))
        await page.locator('.desk.ready').waitFor()
        if (look.width > 1000) await page.frameLocator('iframe').getByRole('heading').first().waitFor()
      },
    },
    {
      name: 'widget-closed',
      as: 'nobody',
      show: website,
    },
    {
      name: 'widget-open',
      as: 'nobody',
      looks: EVERY,
      async show(page, look) {
        const chat = await website(page)
        await chat.open()
        await chat.write(
          look.language === 'zh' ? '你好，凤凰单丛到货了吗？' : 'Hi! Is the Phoenix oolong back in stock?',
        )
        await chat.frame.locator('.bubble').nth(1).or(chat.frame.locator('.bubble').first()).first().waitFor()
      },
    },
    {
      name: 'api-docs',
      as: 'nobody',
      async show(page) {
        await page.goto(at('/api/docs'))
        await page.getByRole('heading').nth(2).waitFor()
      },
    },
    {
      name: 'account-qr',
      as: 'administrator',
      looks: OTHERS,
      async show(page, look) {
        const name = 'WeChat of the shop'
        await account(page, look, name)
        const qr = page.getByRole('dialog').getByRole('img', { name: look.words.account.qr })
        const logout = page.getByRole('dialog').getByRole('button', { name: look.words.account.logout })
        await qr.or(logout).waitFor()
        if (await logout.isVisible()) await logout.click()
        await qr.waitFor()
      },
    },
  ]
  return all.map((visit) => ({ looks: FIRST, ...visit }))
}
