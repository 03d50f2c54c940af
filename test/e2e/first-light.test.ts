import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { picture } from '../../sandbox/desk/pictures.ts'
import { ADMIN } from '../support/running-hub.ts'
import { ChatOnPage, openBrowser } from '../widget/browser.ts'
import { seriousFindings } from './first-light/accessibility.ts'
import { watchConsole } from './first-light/clean-console.ts'
import { Inbox } from './first-light/inbox.ts'
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
    await inbox.withTicks('It left us today.', 'Not sent').waitFor()
    await inbox.page.getByText('This message was not sent').waitFor()
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
    await admin.page.getByRole('button', { name: 'WeChat of the shop', exact: true }).click()
    const dialog = admin.page.getByRole('dialog', { name: 'WeChat of the shop' })
    await dialog.getByRole('img', { name: 'Scan this code with your phone to log in' }).waitFor()
    await started.devices.scan()
    await dialog.getByText('Connected').waitFor()
    await admin.page.close()
  })
})
