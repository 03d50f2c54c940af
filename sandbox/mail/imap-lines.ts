/** One complete command: its text, with each literal's bytes put back as a quoted string. */
export interface Command {
  tag: string
  name: string
  args: string
}

/**
 * Cuts what a client sends into commands (RFC 3501, section 4.3): a line that ends in `{n}` or `{n+}` goes on with n
 * bytes and the rest of the command. `goOn` asks for a literal the client waits to send.
 */
export class CommandReader {
  #buffer = Buffer.alloc(0)
  #line = ''
  #literal = -1
  readonly #onCommand: (command: Command) => void
  readonly #goOn: () => void

  constructor(onCommand: (command: Command) => void, goOn: () => void) {
    this.#onCommand = onCommand
    this.#goOn = goOn
  }

  push(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    while (this.#literal >= 0 ? this.#takeLiteral() : this.#takeLine());
  }

  #takeLiteral(): boolean {
    if (this.#buffer.length < this.#literal) return false
    this.#line += quote(this.#buffer.subarray(0, this.#literal).toString('utf8'))
    this.#buffer = this.#buffer.subarray(this.#literal)
    this.#literal = -1
    return true
  }

  #takeLine(): boolean {
    const end = this.#buffer.indexOf('\r\n')
    if (end < 0) return false
    const text = this.#buffer.subarray(0, end).toString('utf8')
    this.#buffer = this.#buffer.subarray(end + 2)
    const literal = /\{(\d+)(\+?)\}$/.exec(text)
    if (literal === null) {
      const line = this.#line + text
      this.#line = ''
      this.#onCommand(commandOf(line))
      return true
    }
    this.#line += text.slice(0, literal.index)
    this.#literal = Number(literal[1])
    if (literal[2] === '') this.#goOn()
    return true
  }
}

function commandOf(line: string): Command {
  const [, tag = '', name = '', args = ''] = /^(\S*)(?: ((?:UID )?[^ ]+))?(?: (.*))?$/is.exec(line) ?? []
  return { tag, name: name.toUpperCase(), args }
}

export const quote = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`

/** Words of a command's arguments, quotes taken off. */
export function words(args: string): string[] {
  return [...args.matchAll(/"((?:\\.|[^"\\])*)"|([^\s"]+)/g)].map(
    (match) => match[1]?.replace(/\\(.)/g, '$1') ?? match[2] ?? '',
  )
}

/** Members of a sequence set such as `1,4:7,9:*`; `*` is the highest there is. */
export function inSet(set: string, highest: number): (value: number) => boolean {
  const ranges = set.split(',').map((range) => {
    const [from = 0, to = from] = range.split(':').map((end) => (end === '*' ? highest : Number(end)))
    return from <= to ? { from, to } : { from: to, to: from }
  })
  return (value) => ranges.some(({ from, to }) => value >= from && value <= to)
}
