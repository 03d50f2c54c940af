import { createTransport } from 'nodemailer'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RunningAccount, runAccount } from './account.ts'
import { letter, OWN } from './fixture.ts'

let account: RunningAccount
let port: number

beforeEach(async () => {
  account = await runAccount({ address: OWN, smtpInPort: 0 })
  await account.sink.until(() => account.sink.lastHealth?.state === 'ok')
  port = Number(/:(\d+)\.$/.exec(account.sink.lastHealth?.detail ?? '')?.[1])
})
afterEach(() => account.stop())

async function hand(raw: string | Buffer, to = OWN, from = 'ann@customer.example', at = port): Promise<number> {
  const transport = createTransport({ host: '127.0.0.1', port: at, ignoreTLS: true })
  return transport.sendMail({ envelope: { from, to: [to] }, raw }).then(
    ({ response }) => Number(response.slice(0, 3)),
    (error: { responseCode?: number }) => error.responseCode ?? 0,
  )
}

describe('the SMTP listener', () => {
  it('says 250 only once the mail is kept', async () => {
    expect(await hand(letter({}, 'kept\r\n'))).toBe(250)
    expect(account.sink.of('message')).toMatchObject([{ text: 'kept\n', from: { address: 'ann@customer.example' } }])
  })

  it('asks the sender to come again when the hub cannot keep it', async () => {
    account.sink.rejectNext(1)
    expect(await hand(letter({}))).toBe(451)
    expect(account.sink.events).toEqual([])
    expect(await hand(letter({}))).toBe(250)
  })

  it('takes plus-addresses, and refuses people it does not know', async () => {
    expect(await hand(letter({}), 'Support+orders@shop.example')).toBe(250)
    expect(await hand(letter({}), 'boss@shop.example')).toBe(550)
    expect(await hand(letter({}), 'support@other.example')).toBe(550)
  })

  it('takes the whole domain where the account says so', async () => {
    const all = await runAccount({ address: OWN, smtpInPort: 0, smtpInCatchAll: true })
    await all.sink.until(() => all.sink.lastHealth?.state === 'ok')
    const its = Number(/:(\d+)\.$/.exec(all.sink.lastHealth?.detail ?? '')?.[1])
    expect(await hand(letter({}), 'boss@shop.example', 'a@b.example', its)).toBe(250)
    expect(await hand(letter({}), 'boss@other.example', 'a@b.example', its)).toBe(550)
    await all.stop()
  })

  it('refuses a mail of 50 MB with a clear answer and takes the next one', async () => {
    const huge = Buffer.concat([letter({}, ''), Buffer.alloc(50 * 1024 * 1024, 'x\r\n')])
    expect(await hand(huge)).toBe(552)
    expect(await hand(letter({}))).toBe(250)
  }, 30_000)

  it('reads a large mail beside the event loop and keeps its file', async () => {
    const file = Buffer.alloc(3 * 1024 * 1024, 7)
    const body = `--b\r\nContent-Type: text/plain\r\n\r\nSee file\r\n--b\r\nContent-Type: application/zip; name="a.zip"\r\nContent-Disposition: attachment; filename="a.zip"\r\nContent-Transfer-Encoding: base64\r\n\r\n${file.toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n--b--\r\n`
    expect(await hand(letter({ 'Content-Type': 'multipart/mixed; boundary=b' }, body))).toBe(250)
    const [message] = account.sink.of('message')
    expect(message?.text.trim()).toBe('See file')
    const [kept] = message?.media ?? []
    if (kept?.state !== 'stored') throw new Error(JSON.stringify(kept))
    expect(Buffer.from(await account.context.media.read(kept.id)).equals(file)).toBe(true)
  }, 20_000)

  it('cuts a text too long for the bus and keeps the whole mail beside it', async () => {
    expect(await hand(letter({}, `${'word '.repeat(15)}\r\n`.repeat(20_000)))).toBe(250)
    const [message] = account.sink.of('message')
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(900_000)
    expect(message?.media).toMatchObject([{ state: 'stored', name: 'message.eml', mimeType: 'message/rfc822' }])
  })

  it('says so when its port is taken', async () => {
    const second = await runAccount({ address: OWN, smtpInPort: port })
    await second.sink.until(() => second.sink.lastHealth?.state === 'down')
    expect(second.sink.lastHealth?.detail).toContain('another program uses this port')
    await second.stop()
  })
})
