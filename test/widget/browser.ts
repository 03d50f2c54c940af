import { type Browser, chromium, type FrameLocator, type Page } from 'playwright-core'

/** A real browser that talks to nobody but the test's own servers. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })

/** The chat on a page, by what a person sees and does. */
export class ChatOnPage {
  readonly page: Page
  readonly frame: FrameLocator

  constructor(page: Page) {
    this.page = page
    this.frame = page.frameLocator('iframe')
  }

  launcher() {
    return this.page.getByRole('button', { name: /^(?:Open chat|打开聊天)/ })
  }

  async open(): Promise<void> {
    await this.launcher().click()
    await this.composer().waitFor()
  }

  composer() {
    return this.frame.getByRole('textbox')
  }

  log() {
    return this.frame.getByRole('log')
  }

  async write(text: string): Promise<void> {
    await this.composer().fill(text)
    await this.composer().press('Enter')
  }

  bubble(text: string) {
    return this.log().locator('.bubble', { hasText: text })
  }
}
