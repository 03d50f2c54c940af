import AxeBuilder from '@axe-core/playwright'
import type { Page } from 'playwright-core'

const SERIOUS = new Set(['serious', 'critical'])

/**
 * What axe finds serious, one line for each rule with the elements it is about. A theme changes nothing but colours:
 * looking at those alone is a quarter of the time.
 */
export async function seriousFindings(page: Page, what: 'all' | 'colours'): Promise<string[]> {
  // Something that fades in is pale for a moment.
  await page.evaluate('Promise.allSettled(document.getAnimations().map((one) => one.finished))')
  const axe = new AxeBuilder({ page })
  if (what === 'colours') axe.withRules(['color-contrast'])
  const { violations } = await axe.analyze()
  return violations
    .filter(({ impact }) => SERIOUS.has(impact ?? ''))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`)
}
