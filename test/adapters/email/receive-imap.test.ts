import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type MailPeer, startMailPeer } from '../../../sandbox/mail-peer.ts'
import { RecordingSink } from '../../support/recording-sink.ts'
import { type RunningAccount, runAccount } from './account.ts'
import { type Dovecot, noDovecot, startDovecot } from './dovecot.ts'
import { fixtureMail, letter, OWN } from './fixture.ts'

const numbered = (count: number) =>
  letter({ Subject: `Mail ${count}`, 'Message-ID': `<n${count}@customer.example>` }, `Number ${count}\r\n`)

const subjects = (sink: RecordingSink) => sink.of('message').map((message) => message.subject)
const until = (sink: RecordingSink, count: number) => sink.until(() => sink.of('message').length >= count, 20_000)

describe('the IMAP mailbox of the sandbox', () => {
  let peer: MailPeer
  let account: RunningAccount

  beforeEach(async () => {
    peer = await startMailPeer({ address: OWN })
  })
  afterEach(async () => {
    await account.stop()
    await peer.close()
  })

  it('gives the unread mails that were waiting, then each new one, oldest first', async () => {
    for (const count of [1, 2, 3]) await peer.deliver(numbered(count))
    account = await runAccount(peer.config)
    await until(account.sink, 3)
    for (const count of [4, 5]) await peer.deliver(numbered(count))
    await until(account.sink, 5)
    expect(subjects(account.sink)).toEqual(['Mail 1', 'Mail 2', 'Mail 3', 'Mail 4', 'Mail 5'])
    await expect.poll(() => peer.mailbox.mails.map((mail) => mail.flags.has('\\Seen'))).toEqual(Array(5).fill(true))
  })

  it('goes on where it was after a restart, and after the server cut the line', async () => {
    account = await runAccount(peer.config)
    await account.sink.until(() => account.sink.lastHealth?.state === 'ok')
    await peer.deliver(numbered(1))
    await until(account.sink, 1)
    await account.stop()
    for (const count of [2, 3]) await peer.deliver(numbered(count))
    account = await runAccount(peer.config, account.sink)
    await until(account.sink, 3)
    peer.imap.disconnect()
    await peer.deliver(numbered(4))
    await until(account.sink, 4)
    expect(subjects(account.sink)).toEqual(['Mail 1', 'Mail 2', 'Mail 3', 'Mail 4'])
  })

  it('reads the last days again when the mailbox was renumbered, under the same names', async () => {
    for (const count of [1, 2]) await peer.deliver(numbered(count))
    account = await runAccount(peer.config)
    await until(account.sink, 2)
    await account.stop()
    peer.mailbox.renumber()
    await peer.deliver(numbered(3))
    account = await runAccount(peer.config, account.sink)
    await account.sink.until(() => subjects(account.sink).includes('Mail 3'))
    expect(new Set(account.sink.of('message').map((message) => message.id)).size).toBe(3)
  })

  it('does not let a mail nobody can read hold up the next one', async () => {
    account = await runAccount(peer.config)
    await peer.deliver(Buffer.from([0, 255, 254, 13, 10, 13, 10, 200]))
    await peer.deliver(await fixtureMail('broken-mime'))
    await peer.deliver(Buffer.alloc(0))
    await peer.deliver(numbered(1))
    await account.sink.waitForMessage('Number 1')
    expect(account.sink.of('message')).toHaveLength(4)
  })

  it('does not move past a mail that the hub could not keep', async () => {
    account = await runAccount(peer.config)
    await account.sink.until(() => account.sink.lastHealth?.state === 'ok')
    account.sink.rejectNext(2)
    for (const count of [1, 2]) await peer.deliver(numbered(count))
    await until(account.sink, 2)
    expect(subjects(account.sink)).toEqual(['Mail 1', 'Mail 2'])
  })

  it('does not try a refused password again', async () => {
    account = await runAccount({ ...peer.config, imapPassword: 'wrong' })
    await account.sink.until(() => account.sink.lastHealth?.state === 'misconfigured')
    expect(account.sink.lastHealth?.detail).toContain('refused the user or the password')
    expect(account.sink.healths.filter((health) => health.state === 'connecting')).toHaveLength(1)
  })
})

describe.skipIf(noDovecot !== null)(`a real Dovecot${noDovecot === null ? '' : ` (skipped: ${noDovecot})`}`, () => {
  let server: Dovecot
  let account: RunningAccount
  const config = () => ({
    address: OWN,
    imapHost: '127.0.0.1',
    imapPort: server.port,
    imapSecure: false,
    imapUser: server.user,
    imapPassword: server.password,
    allowInsecure: true,
  })

  beforeAll(async () => {
    server = await startDovecot()
    account = await runAccount(config())
    await account.sink.until(() => account.sink.lastHealth?.state === 'ok', 15_000)
  }, 30_000)
  afterAll(async () => {
    await account?.stop()
    await server?.close()
  })

  it('announces a mail, which is here within seconds and then marked as read', async () => {
    await server.deliver(numbered(1))
    await until(account.sink, 1)
    await expect.poll(() => server.doveadm('search', '-u', server.user, 'seen'), { timeout: 5000 }).not.toBe('')
  }, 30_000)

  it('goes on after the line was cut', async () => {
    await server.kick()
    await server.deliver(numbered(2))
    await until(account.sink, 2)
  }, 30_000)

  it('gives everything missed during an outage, oldest first and once', async () => {
    await account.stop()
    for (const count of [3, 4, 5, 6]) await server.deliver(numbered(count))
    await server.stop()
    account = await runAccount(config(), account.sink)
    await account.sink.until(() => account.sink.lastHealth?.state === 'down')
    await server.start()
    await until(account.sink, 6)
    expect(subjects(account.sink)).toEqual([1, 2, 3, 4, 5, 6].map((count) => `Mail ${count}`))
  }, 40_000)

  it('keeps a mail with a file of 50 MB, and says why the file is missing', async () => {
    const file = `${'A'.repeat(76)}\r\n`.repeat(900_000)
    const body = `--b\r\nContent-Type: text/plain\r\n\r\nSee the film\r\n--b\r\nContent-Type: video/mp4\r\nContent-Disposition: attachment; filename="film.mp4"\r\nContent-Transfer-Encoding: base64\r\n\r\n${file}\r\n--b--\r\n`
    await server.deliver(letter({ 'Message-ID': '<big@x>', 'Content-Type': 'multipart/mixed; boundary=b' }, body))
    const message = await account.sink.waitForMessage('See the film', 20_000)
    expect(message.media).toMatchObject([{ state: 'refused', name: 'film.mp4', mimeType: 'video/mp4' }])
    await server.deliver(numbered(7))
    await account.sink.waitForMessage('Number 7', 20_000)
  }, 60_000)

  it('reads the last days again when UIDVALIDITY changed', async () => {
    await account.stop()
    const before = account.sink.of('message')
    const sink = new RecordingSink()
    const known = account.sink.cursor as { uidValidity: string; lastUid: number; at: number }
    sink.cursor = { ...known, uidValidity: String(Number(known.uidValidity) + 1) }
    account = await runAccount(config(), sink)
    await until(sink, before.length)
    expect(sink.of('message').map((message) => message.id)).toEqual(before.map((message) => message.id))
  }, 40_000)
})
