import AxeBuilder from '@axe-core/playwright'
import type { Page } from 'playwright-core'

const SERIOUS = new Set(['serious', 'critical'])

/** What axe finds serious, one line for each rule with the elements it is about. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // Something that fades in is pale for a moment.
  await page.evaluate('Promise.allSettled(document.getAnimations().map((one) => one.finished))')
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations
    .filter(({ impact }) => SERIOUS.has(impact ?? ''))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`)
}
