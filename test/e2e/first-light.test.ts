import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { picture } from '../../sandbox/desk/pictures.ts'
import { ADMIN } from '../support/running-hub.ts'
import { ChatOnPage, openBrowser } from '../widget/browser.ts'
import { seriousFindings } from './first-light/accessibility.ts'
import { watchConsole } from './first-light/clean-console.ts'
import { Inbox } from './first-light/inbox.ts'
import { refusedThenTaken } from './first-light/refused-account.ts'
import { SandboxPage } from './first-light/sandbox-page.ts'
import { type SandboxedHub, startSandboxedHub } from './first-light/sandboxed-hub.ts'

/** A stranger's first two minutes, in a real browser, with the hub as `npm start` starts it. */

const PATIENCE = { timeout: 20_000 }
const DESKTOP = { locale: 'en-GB', viewport: { width: 1440, height: 900 } }

let started: SandboxedHub
let browser: Browser
let inbox: Inbox
const contexts: BrowserContext[] = []
const complaints: string[] = []

async function newContext(options: BrowserContextOptions = DESKTOP): Promise<BrowserContext> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(PATIENCE.timeout)
  watchConsole(context, complaints)
  contexts.push(context)
  return context
}

/** As the agent whose inbox stays open through all of this. */
const signIn = async (email: string, password: string): Promise<Inbox> =>
  Inbox.signIn(await newContext(), started.hub.url, email, password)

beforeAll(async () => {
  ;[started, browser] = await Promise.all([startSandboxedHub(), openBrowser()])
  inbox = await signIn('mia@example.com', started.passwordOf('mia@example.com'))
})
afterEach(() => {
  expect(complaints.splice(0), 'in the console').toEqual([])
})
afterAll(async () => {
  await browser?.close()
  await started?.close()
})

const photo = (name: 'cup' | 'parcel') => {
  const { name: file, mimeType, content } = picture(name)
  return { name: file ?? name, mimeType, buffer: Buffer.from(content) }
}

/** Opened by another name than the hub's own, so that the browser sees another website. */
async function visitShop(): Promise<ChatOnPage> {
  const page = await (await newContext()).newPage()
  await page.goto(`http://localhost:${started.hub.port}/demo`)
  return new ChatOnPage(page)
}

async function openSandbox(): Promise<SandboxPage> {
  const page = await (await newContext()).newPage()
  await page.goto(`${started.hub.url}/sandbox`)
  await page.getByRole('heading', { name: 'Sandbox' }).waitFor()
  return new SandboxPage(page)
}

describe('a stranger’s first two minutes', () => {
  it('a visitor of a website and an agent talk, live', async () => {
    const chat = await visitShop()
    await chat.open()
    await chat.write('Is the Phoenix oolong back in stock?')
    await inbox.open('Is the Phoenix oolong back')
    await inbox.message('Is the Phoenix oolong back').waitFor()

    await inbox.page.getByText('Assigned to you: least busy').waitFor()
    await inbox.page.getByRole('button', { name: 'Why this agent' }).click()
    const why = inbox.page.getByRole('dialog', { name: 'Why this agent' })
    await why.getByText('Chosen', { exact: true }).waitFor()
    await why.getByText('Has no inbox open').first().waitFor()
    await inbox.page.keyboard.press('Escape')

    await inbox.reply('It came in this morning.')
    await chat.bubble('It came in this morning.').waitFor()
    await inbox.withTicks('It came in this morning.', 'Read').waitFor()

    await chat.page.reload()
    await chat.open()
    await chat.bubble('Is the Phoenix oolong back').waitFor()
    await chat.bubble('It came in this morning.').waitFor()
    await chat.page.close()
    await inbox.resolve()
  })

  it('a phone and an agent talk, with a picture', async () => {
    const sandbox = await openSandbox()
    await sandbox.handTo('sms', 'Ana Souza')
    await sandbox.type('sms', 'One cup of my order is broken')
    await inbox.open('One cup of my order')
    await sandbox.photo('sms', 'cup')
    await expect.poll(() => inbox.shownPictures(inbox.thread()), PATIENCE).toBe(1)
    await inbox.reply('I am sorry. A new one goes out today.')
    await sandbox.bubble('sms', 'A new one goes out today.').waitFor()
    await inbox.withTicks('A new one goes out today.', 'Delivered').waitFor()
    await sandbox.page.close()
    await inbox.resolve()
  })

  it('a follower of the Official Account and an agent talk', async () => {
    const sandbox = await openSandbox()
    await sandbox.tab('Official')
    await sandbox.handTo('wechat', '李梅')
    await sandbox.type('wechat', '我上周订的茶壶到哪里了？')
    await inbox.open('我上周订的茶壶')
    await inbox.page.getByRole('heading', { level: 1, name: '李梅' }).waitFor()
    await inbox.reply('今天发货，明天就到。')
    await sandbox.bubble('wechat', '今天发货，明天就到。').waitFor()
    await inbox
      .withTicks('今天发货，明天就到。', 'Sent')
      .or(inbox.withTicks('今天发货，明天就到。', 'Accepted by the provider'))
      .waitFor()
    await sandbox.page.close()
    await inbox.resolve()
  })

  it('the shop’s own WeChat is logged in by a code, then a friend and an agent talk', async () => {
    const admin = await signIn(ADMIN.email, ADMIN.password)
    await admin.page.goto(`${started.hub.url}/settings/accounts`)
    await admin.page.getByRole('button', { name: 'WeChat of the shop', exact: true }).click()
    const dialog = admin.page.getByRole('dialog', { name: 'WeChat of the shop' })
    await dialog.getByRole('img', { name: 'Scan this code with your phone to log in' }).waitFor()

    const sandbox = await openSandbox()
    await sandbox.tab('Personal')
    await sandbox.station('wechat').getByRole('button', { name: 'Scan the code' }).click()
    await dialog.getByText('Connected').waitFor()
    await admin.page.close()

    await sandbox.handTo('wechat', '王磊')
    await sandbox.type('wechat', '老板在吗？想买 20 份礼盒')
    await inbox.open('想买 20 份礼盒')
    await inbox.reply('在的，王先生。')
    await sandbox.bubble('wechat', '在的，王先生。').waitFor()
    await inbox.withTicks('在的，王先生。', 'Sent').or(inbox.withTicks('在的，王先生。', 'Delivered')).waitFor()
    await sandbox.page.close()
    await inbox.resolve()
  })

  it('a mail program and an agent talk in one thread', async () => {
    const sandbox = await openSandbox()
    await sandbox.handTo('mail', 'Noah Fischer')
    await sandbox.writeMail('Invoice for order 5512', 'Please send me the invoice.\n\nNoah')
    await inbox.open('Please send me the invoice')
    await inbox.message('Invoice for order 5512').waitFor()
    await inbox.reply('It is on its way to you.')
    await sandbox.openMail('It is on its way to you.')
    const letter = sandbox.station('mail').getByRole('article')
    await letter.getByRole('heading', { name: 'Re: Invoice for order 5512' }).waitFor()
    await inbox
      .withTicks('It is on its way to you.', 'Sent')
      .or(inbox.withTicks('It is on its way to you.', 'Accepted by the provider'))
      .waitFor()

    await sandbox.station('mail').getByRole('textbox', { name: 'Write an answer…' }).fill('Thank you, it came.')
    await sandbox.station('mail').getByRole('button', { name: 'Reply', exact: true }).click()
    await inbox.message('Thank you, it came.').waitFor()
    await inbox.message('Please send me the invoice').waitFor()
    await sandbox.page.close()
    await inbox.resolve()
  })

  it('two people who are one become one thread, and are parted again', async () => {
    await started.devices.say('sms', '+12025550188', '你好，可以改一下收货地址吗？')
    await started.devices.say('mail', 'xujing@studio.example', '同一个人，也发了短信。', {
      subject: '收货地址',
      answers: null,
    })
    await inbox.row('同一个人').waitFor()
    await inbox.open('可以改一下收货地址')
    await inbox.person().getByRole('button', { name: 'More' }).click()
    await inbox.choose(/^Join with/)
    const dialog = inbox.page.getByRole('dialog', { name: /^Join somebody into/ })
    await dialog.getByRole('searchbox').fill('xujing')
    await dialog.getByRole('button').filter({ hasText: 'xujing@studio.example' }).click()
    await dialog.getByText('It can be undone here at any time.').waitFor()
    await dialog.getByRole('button', { name: 'Join', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })

    await inbox.message('同一个人').waitFor()
    await inbox.message('可以改一下收货地址').waitFor()
    await inbox.row('同一个人').or(inbox.row('可以改一下收货地址')).nth(1).waitFor({ state: 'detached' })

    await inbox.person().getByRole('button', { name: 'Undo' }).click()
    await inbox.message('同一个人').waitFor({ state: 'detached' })
    await inbox.row('同一个人').waitFor()
    await inbox.row('可以改一下收货地址').waitFor()
  })

  it('pictures go both ways', async () => {
    const chat = await visitShop()
    await chat.open()
    await chat.frame.locator('input[type=file]').setInputFiles(photo('cup'))
    await chat.frame.locator('.drafts li.ready').waitFor()
    await chat.write('This is how it arrived')
    await inbox.open('This is how it arrived')
    const received = inbox.message('This is how it arrived')
    await expect.poll(() => inbox.shownPictures(received), PATIENCE).toBe(1)

    await inbox.attach(photo('parcel'))
    await inbox.reply('We packed you a new one')
    await chat.bubble('We packed you a new one').waitFor()
    const shown = () =>
      chat
        .log()
        .locator('.picture img')
        .evaluateAll(
          (all) => all.filter((image) => (image as unknown as { naturalWidth: number }).naturalWidth > 0).length,
        )
    await expect.poll(shown, PATIENCE).toBe(2)
    await chat.page.close()
    await inbox.resolve()
  })

  it('an agent notes, labels, snoozes, resolves, and a new message opens the conversation again', async () => {
    const james = '+12025550164'
    await started.devices.say('sms', james, 'What time do you close today?')
    await inbox.open('What time do you close')
    await inbox.note('Sundays are shorter')
    await inbox.message('Sundays are shorter').getByText('only your team sees it').waitFor()

    await inbox.head('Labels').click()
    await inbox.choose('Order')
    await inbox.page.keyboard.press('Escape')
    await inbox.page.getByText('You added Order').waitFor()

    await inbox.head('Snooze').click()
    await inbox.choose('In an hour')
    await inbox.row(james).waitFor({ state: 'detached' })
    await inbox.otherView('Snoozed')
    await inbox.open(james)
    await inbox.head('More').click()
    await inbox.choose('Mark as open')
    await inbox.view('Mine')
    await inbox.open(james)

    await inbox.reply('At six.')
    await inbox.withTicks('At six.', 'Delivered').waitFor()
    await inbox.resolve()
    await inbox.row(james).waitFor({ state: 'detached' })
    await started.devices.say('sms', james, 'And tomorrow?')
    await inbox.open('And tomorrow?')
    await inbox.page.getByText('Opened again: the customer wrote').waitFor()
    await inbox.message('Sundays are shorter').waitFor()
    await inbox.resolve()
  })

  it('a note stays a note, whatever is typed right after its tab was clicked', async () => {
    const number = '+12025550164'
    const thought = 'rather rude, never refund'
    await started.devices.say('sms', number, 'Where is my refund?')
    await inbox.open('Where is my refund?')
    const { keyboard } = inbox.page
    const tab = (name: string) => inbox.page.getByRole('tab', { name })
    const note = inbox.page.getByRole('textbox', { name: 'Note for your team' })

    await tab('Note').click()
    await keyboard.type(thought)
    expect(await note.inputValue()).toBe(thought)
    await tab('Reply').click()
    await keyboard.type('We look into it.')
    expect(await inbox.composer().inputValue()).toBe('We look into it.')
    await keyboard.press('Escape')
    await keyboard.press('n')
    expect(await tab('Reply').getAttribute('aria-selected')).toBe('true')
    await keyboard.type('re')
    expect(await inbox.composer().inputValue()).toBe('We look into it.')
    await keyboard.press('Enter')
    expect(await note.inputValue()).toBe(thought)
    await inbox.page.getByRole('button', { name: /^Add note/ }).click()
    await inbox.message(thought).getByText('only your team sees it').waitFor()

    await tab('Reply').click()
    expect(await inbox.composer().inputValue()).toBe('We look into it.')
    await keyboard.press('ControlOrMeta+Enter')
    await inbox.withTicks('We look into it.', 'Delivered').waitFor()
    await inbox.resolve()
  })

  it('an agent writes first, to a number nobody wrote from', async () => {
    await inbox.page.getByRole('button', { name: 'New conversation' }).click()
    const dialog = inbox.page.getByRole('dialog', { name: 'New conversation' })
    await dialog.getByRole('tab', { name: 'New address' }).click()
    await dialog.getByLabel('Account').selectOption('SMS +1 202 555 0100')
    await dialog.getByLabel('Address').fill('+1 202 555 0199')
    await dialog.getByLabel('Message').fill('Your teapot is ready to be fetched.')
    await dialog.getByRole('button', { name: 'Send' }).click()
    await dialog.waitFor({ state: 'detached' })
    await inbox.withTicks('Your teapot is ready', 'Delivered').waitFor()
    await inbox.page.getByRole('heading', { level: 1, name: '+12025550199' }).waitFor()
    await inbox.resolve()
  })

  it('a message that failed says why', async () => {
    await inbox.page.getByRole('button', { name: 'New conversation' }).click()
    const dialog = inbox.page.getByRole('dialog', { name: 'New conversation' })
    await dialog.getByRole('tab', { name: 'New address' }).click()
    await dialog.getByLabel('Account').selectOption('hello@fernandkettle.example')
    await dialog.getByLabel('Address').fill('gone@nowhere.example')
    await dialog.getByLabel('Subject').fill('Your order')
    await dialog.getByLabel('Message').fill('It left us today.')
    await dialog.getByRole('button', { name: 'Send' }).click()
    await dialog.waitFor({ state: 'detached' })
    await inbox.withTicks('It left us today.', 'Not delivered').waitFor()
    await inbox.page.getByText('This message did not arrive').waitFor()
    await inbox.page
      .getByText(/does not exist|no such user|unknown/i)
      .first()
      .waitFor()
  })

  it('an agent has a profile, an administrator all settings', async () => {
    await inbox.page.getByRole('link', { name: 'Settings' }).click()
    await inbox.page.getByRole('link', { name: 'My profile' }).waitFor()
    const links = inbox.page.getByRole('navigation', { name: 'Settings' }).getByRole('link')
    expect(await links.allTextContents()).toEqual(['My profile'])
    await inbox.page.goto(`${started.hub.url}/settings/accounts`)
    await inbox.page.getByRole('link', { name: 'My profile' }).waitFor()
    expect(await inbox.page.getByRole('button', { name: 'Add an account' }).count()).toBe(0)
    await inbox.page.getByRole('link', { name: 'Inbox' }).click()

    const admin = await signIn(ADMIN.email, ADMIN.password)
    await admin.page.getByRole('link', { name: 'Settings' }).click()
    for (const name of [
      'Fern & Kettle website',
      'SMS +1 202 555 0100',
      'Fern & Kettle 公众号',
      'hello@fernandkettle.example',
    ]) {
      const account = admin.page.getByRole('listitem').filter({ hasText: name })
      await account.getByText('Connected').waitFor()
    }
    await admin.page.close()
  })

  it('a refused account says why, and a website’s shows first what to put on the page', async () => {
    const admin = await signIn(ADMIN.email, ADMIN.password)
    await admin.page.goto(`${started.hub.url}/settings/accounts`)
    await refusedThenTaken(admin.page)
    complaints.splice(0) // The browser’s own word about the refusal.
    await admin.page.close()
  })

  it.each([
    ['light', 'all'],
    ['dark', 'colours'],
  ] as const)(
    'nothing serious stands in the way of people who see little or use no mouse (%s)',
    async (colorScheme, what) => {
      const context = await newContext({ ...DESKTOP, colorScheme })
      const look = async (page: Page) => expect(await seriousFindings(page, what), page.url()).toEqual([])
      const signingIn = await context.newPage()
      await signingIn.goto(started.hub.url)
      await signingIn.getByRole('button', { name: 'Sign in' }).waitFor()
      await look(signingIn)
      await signingIn.close()

      const admin = await Inbox.signIn(context, started.hub.url, ADMIN.email, ADMIN.password)
      const { page } = admin
      await admin.view('All')
      await admin.row('gone@nowhere.example').waitFor()
      await look(page)
      await admin.open('gone@nowhere.example')
      await admin.withTicks('It left us today.', 'Not delivered').waitFor()
      await look(page)
      await page.getByRole('link', { name: 'People' }).click()
      await page.getByRole('region', { name: 'People' }).getByRole('listitem').first().click()
      await page.getByRole('heading', { name: 'Identities' }).waitFor()
      await look(page)
      await page.getByRole('link', { name: 'Settings' }).click()
      for (const section of ['Accounts', 'Agents', 'Teams', 'Labels', 'API tokens', 'Dead letters', 'My profile']) {
        await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: section }).click()
        await page.getByRole('heading', { name: section, level: 2 }).waitFor()
        await look(page)
      }
      await page.goto(`${started.hub.url}/sandbox`)
      await page.getByRole('heading', { name: 'Sandbox' }).waitFor()
      await page.frameLocator('iframe').getByRole('heading').first().waitFor()
      await look(page)

      await page.goto(`${started.hub.url}/demo`)
      const chat = new ChatOnPage(page)
      await chat.open()
      await chat.write('Can everybody read this?')
      await chat.bubble('Can everybody read this?').waitFor()
      await look(page)
      await context.close()
    },
  )
})
