import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** Adds a website with a colour that is none, sees why it was refused, and mends it. */
export async function refusedThenTaken(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Add an account' }).click()
  const form = page.getByRole('dialog')
  await form.getByRole('button', { name: 'Website chat' }).click()
  await form.getByLabel('Name', { exact: true }).fill('Second shop')
  await form.getByLabel('Websites').fill('https://second.example')
  await form.getByLabel('Colour').fill('rather green')
  await form.getByRole('button', { name: 'Connect' }).click()
  await form.getByRole('alert').and(page.locator(':focus')).waitFor()
  expect(await form.getByLabel('Colour').getAttribute('aria-invalid')).toBe('true')

  await form.getByLabel('Colour').fill('#227755')
  await form.getByRole('button', { name: 'Connect' }).click()
  const account = page.getByRole('dialog', { name: 'Second shop' })
  await account.getByText('Put this before </body> on your website').waitFor()
  expect(await account.getByText('Address for the provider').count()).toBe(0)
}
