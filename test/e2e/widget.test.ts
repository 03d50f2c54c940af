import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import AxeBuilder from '@axe-core/playwright'
import { SignJWT } from 'jose'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { MessageId } from '../../src/model.ts'
import { outbound } from '../contract/fixture.ts'
import { PNG } from '../support/pictures.ts'
import { ChatOnPage, openBrowser } from '../widget/browser.ts'
import { builtWidget, openWebsite, type Website } from '../widget/website.ts'

const PATIENCE = { timeout: 10_000 }
const KB = 1024

let built: Awaited<ReturnType<typeof builtWidget>>
let browser: Browser
let website: Website
let context: BrowserContext

beforeAll(async () => {
  ;[built, browser] = await Promise.all([builtWidget(), openBrowser()])
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await built?.remove()
})
beforeEach(async () => {
  website = await openWebsite(built.dir)
  context = await browser.newContext({ locale: 'en-GB' })
})
afterEach(async () => {
  await context.close()
  await website.close()
})

async function visit(url = website.shopUrl): Promise<ChatOnPage> {
  const page = await context.newPage()
  await page.goto(url)
  const chat = new ChatOnPage(page)
  await chat.launcher().waitFor()
  return chat
}

/** The visitor's address, once their message has arrived. */
async function arrived(text: string): Promise<string> {
  return (await website.sink.waitForMessage(text)).thread
}

let answers = 0
const answer = (address: string, text: string) =>
  website.adapter.send(
    outbound(address, { text, messageId: `answer-${++answers}` as MessageId }),
    AbortSignal.timeout(5000),
  )

const copies = (text: string): number => website.sink.of('message').filter((message) => message.text === text).length

describe('the widget on a foreign website', { timeout: 60_000 }, () => {
  it('costs the website one script until it is opened', async () => {
    const chat = await visit()
    expect(website.requests).toEqual(['GET /widget.js'])
    expect(await chat.page.locator('iframe').count()).toBe(0)
    expect(await chat.page.evaluate('localStorage.length')).toBe(0)
  })

  it('is small', async () => {
    const size = async (name: string) => gzipSync(await readFile(join(built.dir, name)), { level: 9 }).byteLength
    const loader = await size('widget.js')
    expect(loader).toBeLessThan(3 * KB)
    expect(loader + (await size('app.js')) + (await size('app.css'))).toBeLessThan(30 * KB)
  })

  it('carries a message to the hub and the answer back, with its receipts', async () => {
    const chat = await visit()
    await chat.open()
    await chat.write('Where is my order? <img src=x onerror=alert(1)>')
    const address = await arrived('Where is my order? <img src=x onerror=alert(1)>')
    await chat.bubble('<img src=x onerror=alert(1)>').waitFor()
    await answer(address, 'On its way: https://track.example/1?a=b.')
    const link = chat.bubble('On its way').getByRole('link')
    expect(await link.getAttribute('href')).toBe('https://track.example/1?a=b')
    await website.sink.until(() => website.sink.of('receipt').some(({ status }) => status === 'read'))
    expect(website.sink.of('receipt').map(({ status }) => status)).toEqual(['delivered', 'read'])
  })

  it('shows the same conversation after a reload, and counts what came meanwhile', async () => {
    const chat = await visit()
    await chat.open()
    await chat.write('I will be back')
    const address = await arrived('I will be back')
    await chat.page.goto('about:blank')
    await answer(address, 'Welcome back')
    await chat.page.goto(website.shopUrl)
    await expect.poll(() => chat.launcher().getAttribute('aria-label'), PATIENCE).toBe('Open chat (1)')
    await chat.open()
    await chat.bubble('I will be back').waitFor()
    await chat.bubble('Welcome back').waitFor()
    expect(copies('I will be back')).toBe(1)
  })

  it('keeps what is written while the hub is away, over a reload, and sends it once', async () => {
    const chat = await visit()
    await chat.open()
    await chat.write('first')
    await arrived('first')
    website.up(false)
    await chat.write('second')
    await chat.write('third')
    await chat.frame.locator('.banner').waitFor()
    website.up(true)
    await chat.page.reload()
    await arrived('third')
    expect(website.sink.of('message').map(({ text }) => text)).toEqual(['first', 'second', 'third'])
  })

  it('shows in a second tab what happens in the first, over one connection', async () => {
    const first = await visit()
    await first.open()
    await first.write('from the first tab')
    const address = await arrived('from the first tab')
    await first.bubble('from the first tab').waitFor()
    const second = await visit()
    await second.open()
    await second.bubble('from the first tab').waitFor()
    await second.write('from the second tab')
    await first.bubble('from the second tab').waitFor()
    await answer(address, 'to both')
    await Promise.all([first.bubble('to both').waitFor(), second.bubble('to both').waitFor()])
    const streams = () => website.requests.filter((request) => request.endsWith('/events')).length
    expect(streams()).toBe(1)
    await first.page.close()
    await expect.poll(streams, PATIENCE).toBe(2)
    await answer(address, 'to the one that is left')
    await second.bubble('to the one that is left').waitFor()
  })

  it('shares one connection among the tabs of a browser that gives frames storage, too', async () => {
    const streams = () => website.requests.filter((request) => request.endsWith('/events')).length
    const url = `${website.hubUrl}/hooks/019a0000-0000-7000-8000-000000000001/app`
    const tabs = [await context.newPage(), await context.newPage()] as const
    for (const tab of tabs) {
      await tab.goto(url)
      await tab.getByText('Online').waitFor()
    }
    await tabs[1].getByRole('textbox').fill('hello from the second')
    await tabs[1].getByRole('textbox').press('Enter')
    const address = await arrived('hello from the second')
    await tabs[0].locator('.bubble', { hasText: 'hello from the second' }).waitFor()
    expect(streams()).toBe(1)
    await tabs[0].close()
    await expect.poll(streams, PATIENCE).toBe(2)
    await answer(address, 'still here')
    await tabs[1].locator('.bubble', { hasText: 'still here' }).waitFor()
  })

  it('knows who is logged in on the website, and forgets them at logout', async () => {
    await website.close()
    const identitySecret = 'an identity secret of many characters'
    website = await openWebsite(built.dir, { identitySecret })
    const jwt = await new SignJWT({ name: 'Ana' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('ana')
      .setExpirationTime('5 minutes')
      .sign(new TextEncoder().encode(identitySecret))
    const chat = await visit()
    await chat.page.evaluate(`Onethread.identify(${JSON.stringify(jwt)})`)
    await chat.open()
    await chat.write('It is me')
    expect(await arrived('It is me')).toBe('u_ana')
    await chat.bubble('It is me').waitFor()
    await chat.page.evaluate('Onethread.logout()')
    await chat.bubble('It is me').waitFor({ state: 'detached' })
    await chat.write('Somebody else')
    expect(await arrived('Somebody else')).toMatch(/^v_/)
  })

  it('says which message was not taken, and sends it when asked again', async () => {
    const chat = await visit()
    await chat.open()
    await chat.write('warm up')
    await arrived('warm up')
    await chat.page.route('**/messages', (route) =>
      route.fulfill({ status: 400, contentType: 'application/problem+json', body: '{"detail":"Not today."}' }),
    )
    await chat.write('take this')
    await chat.frame.getByText('Not today.').waitFor()
    await chat.page.unroute('**/messages')
    await chat.frame.getByRole('button', { name: 'Try again' }).click()
    await arrived('take this')
    await chat.frame.getByText('Not today.').waitFor({ state: 'detached' })
  })

  it('works under a strict Content-Security-Policy', async () => {
    const chat = await visit(website.strictUrl)
    await chat.open()
    await chat.write('strictly')
    await arrived('strictly')
    await chat.bubble('strictly').waitFor()
  })

  it('is refused on a website that the account does not name', async () => {
    await website.close()
    website = await openWebsite(built.dir, { allowedOrigins: ['https://other.example'] })
    const chat = await visit()
    await chat.launcher().click()
    const frame = await expect
      .poll(() => chat.page.frames().find((one) => one.url().startsWith('chrome-error:')), PATIENCE)
      .toBeTruthy()
    expect(frame).not.toBe(null)
    expect(website.requests.some((request) => request.endsWith('/session'))).toBe(false)
  })

  it('sends a picture that was chosen, and shows it', async () => {
    const chat = await visit()
    await chat.open()
    const file = { name: '照片 1.png', mimeType: 'image/png', buffer: Buffer.from(PNG) }
    await chat.frame.locator('input[type=file]').setInputFiles(file)
    await chat.frame.locator('.drafts li.ready').waitFor()
    await chat.write('look')
    await arrived('look')
    expect(website.sink.of('message').at(-1)?.media).toMatchObject([{ name: '照片 1.png', mimeType: 'image/png' }])
    await chat.page.reload()
    await chat.open()
    await expect
      .poll(
        () =>
          chat
            .log()
            .locator('.picture img')
            .evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
        PATIENCE,
      )
      .toBeGreaterThan(0)
  })

  it('speaks Chinese, closes by Escape and gives the focus back', async () => {
    await context.close()
    context = await browser.newContext({ locale: 'zh-CN' })
    const chat = await visit()
    await chat.open()
    await chat.frame.getByText('您好').waitFor()
    await chat.composer().press('Escape')
    await expect.poll(() => chat.page.locator('iframe').isVisible(), PATIENCE).toBe(false)
    await expect.poll(() => chat.page.locator('button:focus').count(), PATIENCE).toBe(1)
  })

  it('opens by a link of the website', async () => {
    const chat = await visit()
    await chat.page.getByRole('link', { name: 'Ask the tea people' }).click()
    await chat.composer().waitFor()
  })

  it('fills a phone’s screen', async () => {
    await context.close()
    context = await browser.newContext({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true })
    const chat = await visit()
    await chat.open()
    await expect
      .poll(() => chat.page.locator('iframe').boundingBox(), PATIENCE)
      .toEqual({ x: 0, y: 0, width: 390, height: 844 })
  })

  it.each(['light', 'dark'] as const)('has nothing that axe objects to (%s)', async (colorScheme) => {
    await context.close()
    context = await browser.newContext({ colorScheme, reducedMotion: 'reduce' })
    const page = await context.newPage()
    await page.goto(`${website.hubUrl}/hooks/019a0000-0000-7000-8000-000000000001/app`)
    const chat = page.getByRole('textbox')
    await chat.fill('Is this readable? https://shop.example/tea')
    await chat.press('Enter')
    const address = await arrived('Is this readable? https://shop.example/tea')
    await answer(address, 'Yes: https://shop.example/help')
    await page.locator('.bubble', { hasText: 'Yes' }).waitFor()
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
  })
})
