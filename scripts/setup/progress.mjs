/** What a person sees of the set-up: one short line per step. */

/** A missing piece. The message is one line that says what to do. */
export class SetupError extends Error {}

const seconds = (since) => `${Math.round((Date.now() - since) / 1000)} s`

/**
 * Shows a step while it runs: on a terminal with a live counter, elsewhere as one line when it begins and one when it
 * took long. Steps go to stderr, so that `npm run bench -- --json` stays clean.
 */
export async function step(label, work) {
  const since = Date.now()
  const terminal = process.stderr.isTTY
  const show = () => process.stderr.write(`\r  ${label} …  ${seconds(since)} `)
  if (!terminal) process.stderr.write(`  ${label} …\n`)
  const ticking = terminal ? setInterval(show, 500) : undefined
  if (terminal) show()
  try {
    const result = await work()
    process.stderr.write(terminal ? `\r  ${label}:  ${seconds(since)}   \n` : `  ${label}:  ${seconds(since)}\n`)
    return result
  } catch (error) {
    if (terminal) process.stderr.write('\n')
    throw error
  } finally {
    clearInterval(ticking)
  }
}

export const note = (line) => process.stderr.write(`  ${line}\n`)
