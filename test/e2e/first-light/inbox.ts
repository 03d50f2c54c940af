import type { BrowserContext, Locator, Page } from 'playwright-core'

export type Ticks = 'Accepted by the provider' | 'Sent' | 'Delivered' | 'Read' | 'Not delivered'

/** The inbox in a browser, by what an agent sees and does. */
export class Inbox {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  static async signIn(context: BrowserContext, url: string, email: string, password: string): Promise<Inbox> {
    const page = await context.newPage()
    await page.goto(url)
    await page.getByLabel('Email').fill(email)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('navigation', { name: 'Views' }).waitFor()
    return new Inbox(page)
  }

  /** A conversation in the list, by anything that its row shows. */
  row(shown: string | RegExp): Locator {
    const list = this.page.getByRole('list', { name: 'Conversations' })
    return list.getByRole('button').filter({ hasText: shown })
  }

  async open(shown: string | RegExp): Promise<void> {
    await this.row(shown).click()
    await this.composer().waitFor()
  }

  async view(name: 'Mine' | 'Unassigned' | 'All'): Promise<void> {
    await this.page
      .getByRole('navigation', { name: 'Views' })
      .getByRole('button', { name: new RegExp(`^${name}`) })
      .click()
  }

  async otherView(name: 'Snoozed' | 'Resolved'): Promise<void> {
    await this.page.getByRole('button', { name: 'More views' }).click()
    await this.page.getByRole('menuitem', { name }).click()
  }

  thread(): Locator {
    return this.page.getByRole('log', { name: 'Messages' })
  }

  message(text: string | RegExp): Locator {
    return this.thread().getByRole('article').filter({ hasText: text })
  }

  /** A message that came this far. */
  withTicks(text: string, state: Ticks): Locator {
    return this.message(text).filter({ has: this.page.getByRole('img', { name: state, exact: true }) })
  }

  composer(): Locator {
    return this.page.getByRole('textbox', { name: 'Reply to the customer' })
  }

  async reply(text: string): Promise<void> {
    await this.composer().fill(text)
    await this.page.getByRole('button', { name: /^Send Ctrl/ }).click()
  }

  async attach(file: { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
    await this.page.locator('input[type=file]').setInputFiles(file)
    await this.page.getByRole('button', { name: `Remove ${file.name}` }).waitFor()
  }

  async note(text: string): Promise<void> {
    await this.page.getByRole('tab', { name: 'Note' }).click()
    await this.page.getByRole('textbox', { name: 'Note for your team' }).fill(text)
    await this.page.getByRole('button', { name: /^Add note/ }).click()
    await this.page.getByRole('tab', { name: 'Reply' }).click()
  }

  /** A button of the head of the open conversation. */
  head(name: string): Locator {
    return this.page
      .getByRole('region', { name: 'Conversation', exact: true })
      .getByRole('button', { name, exact: true })
  }

  async choose(item: string | RegExp): Promise<void> {
    await this.page.getByRole('menuitem', { name: item }).click()
  }

  person(): Locator {
    return this.page.getByRole('complementary', { name: 'Person' })
  }

  async resolve(): Promise<void> {
    await this.head('Resolve').click()
    await this.page
      .getByText(/^Resolved: /)
      .first()
      .waitFor()
  }

  /** A picture in the thread that the browser could really show. */
  async shownPictures(of: Locator): Promise<number> {
    const widths = await of
      .locator('img')
      .evaluateAll((images) => images.map((image) => (image as unknown as { naturalWidth: number }).naturalWidth))
    return widths.filter((width) => width > 0).length
  }
}
