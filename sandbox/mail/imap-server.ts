import { createServer, type Server, type Socket } from 'node:net'
import { type Command, CommandReader, inSet, words } from './imap-lines.ts'
import type { Mailbox, StoredMail } from './mailbox.ts'

const CAPABILITIES = 'IMAP4rev1 IDLE ID NAMESPACE UIDPLUS LITERAL+ UNSELECT'

export interface ImapLogin {
  user: string
  password: string
}

/** A mail server's IMAP side with one mailbox: what a client needs to log in, look, wait and read. (RFC 3501, RFC 2177) */
export class ImapServer {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** While true, new connections are closed at once. */
  refusing = false

  constructor(mailbox: Mailbox, login: ImapLogin) {
    this.#server = createServer((socket) => {
      if (this.refusing) {
        socket.destroy()
        return
      }
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      new ImapSession(socket, mailbox, login)
    })
  }

  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, '127.0.0.1', () => {
        const address = this.#server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : port)
      })
    })
  }

  /** Cuts every connection, as a server that restarts does. */
  disconnect(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.disconnect()
    return closed
  }
}

class ImapSession {
  readonly #socket: Socket
  readonly #mailbox: Mailbox
  readonly #login: ImapLogin
  #state: 'greeted' | 'authenticated' | 'selected' = 'greeted'
  /** How many mails this client was told of: sequence numbers it may use. */
  #told = 0
  #idleTag: string | null = null

  constructor(socket: Socket, mailbox: Mailbox, login: ImapLogin) {
    this.#socket = socket
    this.#mailbox = mailbox
    this.#login = login
    const reader = new CommandReader(
      (command) => this.#run(command),
      () => this.#write('+ go on'),
    )
    const onArrived = () => {
      if (this.#idleTag !== null) this.#tellNew()
    }
    mailbox.on('arrived', onArrived)
    socket.on('data', (chunk) => reader.push(chunk))
    socket.on('error', () => socket.destroy())
    socket.once('close', () => mailbox.off('arrived', onArrived))
    this.#write(`* OK [CAPABILITY ${CAPABILITIES}] Sandbox mail server`)
  }

  #run({ tag, name, args }: Command): void {
    if (this.#idleTag !== null) {
      this.#endIdle(tag)
      return
    }
    const answer = this.#answer(name, args, tag)
    if (answer === null) return
    if (this.#state === 'selected' && answer.startsWith('OK')) this.#tellNew()
    this.#write(`${tag} ${answer}`)
    if (name === 'LOGOUT') this.#socket.end()
  }

  /** The tagged answer; null when it comes later. */
  #answer(name: string, args: string, tag: string): string | null {
    switch (name) {
      case 'CAPABILITY':
        this.#write(`* CAPABILITY ${CAPABILITIES}`)
        return 'OK done'
      case 'ID':
        this.#write('* ID ("name" "Sandbox")')
        return 'OK done'
      case 'NOOP':
      case 'CHECK':
        return 'OK done'
      case 'LOGOUT':
        this.#write('* BYE see you')
        return 'OK done'
      case 'LOGIN':
        return this.#logIn(words(args))
    }
    if (this.#state === 'greeted') return 'NO log in first'
    switch (name) {
      case 'NAMESPACE':
        this.#write('* NAMESPACE (("" "/")) NIL NIL')
        return 'OK done'
      case 'LIST':
      case 'LSUB':
        this.#write(`* ${name} (\\HasNoChildren) "/" "INBOX"`)
        return 'OK done'
      case 'SELECT':
      case 'EXAMINE':
        return this.#select(words(args)[0] ?? '')
    }
    return this.#state === 'selected' ? this.#inMailbox(name, args, tag) : 'BAD not now'
  }

  #inMailbox(name: string, args: string, tag: string): string | null {
    switch (name) {
      case 'IDLE':
        this.#idleTag = tag
        this.#write('+ idling')
        this.#tellNew()
        return null
      case 'SEARCH':
      case 'UID SEARCH':
        this.#write(['* SEARCH', ...this.#search(args, name.startsWith('UID'))].join(' '))
        return 'OK done'
      case 'FETCH':
      case 'UID FETCH':
        return this.#fetch(args, name.startsWith('UID'))
      case 'STORE':
      case 'UID STORE':
        return this.#store(args, name.startsWith('UID'))
      case 'CLOSE':
      case 'UNSELECT':
        this.#state = 'authenticated'
        return 'OK done'
      case 'EXPUNGE':
        return 'OK done'
    }
    return 'BAD unknown command'
  }

  #logIn([user, password]: string[]): string {
    if (user !== this.#login.user || password !== this.#login.password)
      return 'NO [AUTHENTICATIONFAILED] Wrong user or password'
    this.#state = 'authenticated'
    return `OK [CAPABILITY ${CAPABILITIES}] Logged in`
  }

  #select(name: string): string {
    if (name.toUpperCase() !== 'INBOX') return 'NO [NONEXISTENT] No such mailbox'
    this.#state = 'selected'
    this.#told = this.#mailbox.mails.length
    this.#write('* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)')
    this.#write('* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)] Flags kept')
    this.#write(`* ${this.#told} EXISTS`)
    this.#write('* 0 RECENT')
    this.#write(`* OK [UIDVALIDITY ${this.#mailbox.uidValidity}] UIDs valid`)
    this.#write(`* OK [UIDNEXT ${this.#mailbox.nextUid}] Next UID`)
    return 'OK [READ-WRITE] done'
  }

  #endIdle(line: string): void {
    const tag = this.#idleTag
    this.#idleTag = null
    this.#write(line.toUpperCase() === 'DONE' ? `${tag} OK done` : `${tag} BAD expected DONE`)
  }

  #tellNew(): void {
    if (this.#mailbox.mails.length === this.#told) return
    this.#told = this.#mailbox.mails.length
    this.#write(`* ${this.#told} EXISTS`)
  }

  #members(set: string, byUid: boolean): { seq: number; mail: StoredMail }[] {
    const known = this.#mailbox.mails.slice(0, this.#told)
    const contains = inSet(set, byUid ? (known.at(-1)?.uid ?? 0) : known.length)
    return known.flatMap((mail, index) => (contains(byUid ? mail.uid : index + 1) ? [{ seq: index + 1, mail }] : []))
  }

  #search(args: string, byUid: boolean): number[] {
    this.#tellNew()
    const fits = searchOf(words(args), this.#mailbox)
    return this.#members('1:*', false)
      .filter(({ mail, seq }) => fits(mail, seq))
      .map(({ mail, seq }) => (byUid ? mail.uid : seq))
  }

  #fetch(args: string, byUid: boolean): string {
    const [, set = '', items = ''] = /^(\S+) (.*)$/s.exec(args) ?? []
    for (const { seq, mail } of this.#members(set, byUid)) {
      this.#socket.write(
        Buffer.concat([Buffer.from(`* ${seq} FETCH (`), ...fetched(mail, items), Buffer.from(')\r\n')]),
      )
    }
    return 'OK done'
  }

  #store(args: string, byUid: boolean): string {
    const [, set = '', how = '', flags = ''] = /^(\S+) ([+-]?FLAGS(?:\.SILENT)?) \(?([^)]*)\)?$/i.exec(args) ?? []
    for (const { seq, mail } of this.#members(set, byUid)) {
      if (/^FLAGS/i.test(how)) mail.flags.clear()
      for (const flag of flags.split(' ').filter(Boolean))
        how.startsWith('-') ? mail.flags.delete(flag) : mail.flags.add(flag)
      if (!/SILENT/i.test(how)) this.#write(`* ${seq} FETCH (UID ${mail.uid} FLAGS (${[...mail.flags].join(' ')}))`)
    }
    return 'OK done'
  }

  #write(line: string): void {
    if (this.#socket.writable) this.#socket.write(`${line}\r\n`)
  }
}

type Fits = (mail: StoredMail, seq: number) => boolean

/** Every key must fit. Keys nobody here uses fit everything. */
function searchOf(keys: string[], mailbox: Mailbox): Fits {
  const tests: Fits[] = []
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at]?.toUpperCase() ?? ''
    if (key === 'UID') {
      const contains = inSet(keys[++at] ?? '', mailbox.mails.at(-1)?.uid ?? 0)
      tests.push((mail) => contains(mail.uid))
    } else if (key === 'SINCE') {
      const since = Date.parse(`${keys[++at]} UTC`)
      tests.push((mail) => mail.at.getTime() >= since)
    } else if (key === 'UNSEEN') tests.push((mail) => !mail.flags.has('\\Seen'))
    else if (key === 'SEEN') tests.push((mail) => mail.flags.has('\\Seen'))
    else if (/^[\d*][\d:,*]*$/.test(key)) {
      const contains = inSet(key, mailbox.mails.length)
      tests.push((_mail, seq) => contains(seq))
    }
  }
  return (mail, seq) => tests.every((test) => test(mail, seq))
}

function fetched(mail: StoredMail, items: string): Buffer[] {
  const asked = items.toUpperCase()
  const parts: Buffer[] = [Buffer.from(`UID ${mail.uid}`)]
  if (asked.includes('FLAGS')) parts.push(Buffer.from(`FLAGS (${[...mail.flags].join(' ')})`))
  if (asked.includes('INTERNALDATE')) parts.push(Buffer.from(`INTERNALDATE "${imapDate(mail.at)}"`))
  if (asked.includes('RFC822.SIZE')) parts.push(Buffer.from(`RFC822.SIZE ${mail.raw.length}`))
  const body = /BODY(?:\.PEEK)?\[\](?:<(\d+)\.(\d+)>)?/.exec(asked)
  if (body) {
    const start = Number(body[1] ?? 0)
    const bytes = body[2] === undefined ? mail.raw : mail.raw.subarray(start, start + Number(body[2]))
    const label = body[1] === undefined ? 'BODY[]' : `BODY[]<${start}>`
    parts.push(Buffer.concat([Buffer.from(`${label} {${bytes.length}}\r\n`), bytes]))
  }
  return parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from(' '), part]))
}

function imapDate(date: Date): string {
  const [, day, month, year, time] = /(\d\d) (\w{3}) (\d{4}) ([\d:]{8})/.exec(date.toUTCString()) ?? []
  return `${day}-${month}-${year} ${time} +0000`
}
