import type { Locator, Page } from 'playwright-core'

const STATIONS = { sms: 'Phone · SMS', wechat: 'Phone · WeChat', mail: 'Mail program', web: 'Shop website' } as const

/** The customers' devices on their page, by what a person sees and does. */
export class SandboxPage {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  station(name: keyof typeof STATIONS): Locator {
    return this.page.getByRole('region', { name: STATIONS[name], exact: true })
  }

  /** Whose device it is. */
  async handTo(station: keyof typeof STATIONS, person: string): Promise<void> {
    await this.station(station).getByRole('radio', { name: person }).click()
  }

  async tab(name: 'Official' | 'Personal'): Promise<void> {
    await this.station('wechat').getByRole('tab', { name }).click()
  }

  async type(station: 'sms' | 'wechat', text: string): Promise<void> {
    const box = this.station(station).getByRole('textbox')
    await box.fill(text)
    await box.press('Enter')
  }

  async photo(station: 'sms' | 'wechat', name: 'cup' | 'tea' | 'receipt' | 'parcel'): Promise<void> {
    await this.station(station).getByRole('button', { name: 'Send a picture' }).click()
    await this.station(station).getByRole('button', { name, exact: true }).click()
  }

  bubble(station: 'sms' | 'wechat', text: string): Locator {
    return this.station(station).getByRole('log').locator('.bubble').filter({ hasText: text })
  }

  async writeMail(subject: string, text: string): Promise<void> {
    const mail = this.station('mail')
    await mail.getByRole('button', { name: 'New mail' }).first().click()
    await mail.getByRole('textbox', { name: 'Subject' }).fill(subject)
    await mail.getByRole('textbox', { name: 'Write your mail…' }).fill(text)
    await mail.getByRole('button', { name: 'Send', exact: true }).click()
  }

  async openMail(text: string): Promise<void> {
    await this.station('mail').getByRole('button').filter({ hasText: text }).click()
  }
}
