import type { BrowserContext } from 'playwright-core'

/** Whoever is not signed in yet is told so by the session's own answer; browsers log it as an error. */
const EXPECTED = [/status of 401 .*\/api\/v1\/me$/]

/** Collects everything that a careful developer would not want to see in a browser's console. */
export function watchConsole(context: BrowserContext, complaints: string[]): void {
  const add = (line: string) => {
    if (!EXPECTED.some((one) => one.test(line))) complaints.push(line)
  }
  context.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    add(`${message.page()?.url()}: ${message.text()} ${message.location().url}`)
  })
  context.on('weberror', (error) => add(`${error.page()?.url()}: ${error.error().stack}`))
}
