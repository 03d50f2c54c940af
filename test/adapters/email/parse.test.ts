import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mailboxes, messageIds, parseMail } from '../../../adapters/email/parse.ts'
import { fixtureMail, letter, message, parsed } from './fixture.ts'

describe('what customers wrote is read in the charset they really used', () => {
  it.each([
    ['charset-gb2312-label-gb18030-bytes', '您好，我的订单还没有收到，收件人是朱镕基，生僻字𠮷也在。'],
    ['charset-gbk-labelled-utf8', '您好，我的订单还没有收到。'],
    ['charset-gbk-labelled-latin1', '请问什么时候发货？谢谢'],
    ['charset-gbk-unlabelled', '没有标明编码的邮件，也要能看。'],
    ['charset-big5', '您好，請問我的訂單何時會到？謝謝。'],
    ['charset-iso-2022-jp', 'お世話になっております。注文の件です。'],
    ['charset-latin1', 'Où est ma commande passée à Genève ? Déjà merci, Zoë Müller'],
  ])('%s', async (name, text) => {
    expect((await parsed(name)).text.trim()).toBe(text)
  })

  it('one broken byte costs one character, not the whole text', async () => {
    const { text } = await parsed('charset-utf8-one-broken-byte')
    expect(text).toContain('这是一封几乎完好的邮件')
    expect(text).toContain('其余的都应当能读')
  })

  it('subjects and names in raw bytes are read, and words cut inside a character are joined', async () => {
    const raw = await parsed('subject-raw-8bit')
    expect(raw.subject).toBe('关于订单的问题')
    expect(raw.from).toEqual({ address: 'wang@customer.example', name: '王小明' })
    expect((await parsed('charset-iso-2022-jp')).subject).toBe('注文について')
    expect((await parsed('subject-word-cut-inside-character')).subject).toBe('关于我昨天下的订单')
  })
})

describe('the parts of a mail', () => {
  it('a nested mail gives its text, its HTML with inner pictures, and its files', async () => {
    const mail = await parsed('nested-multipart')
    expect(mail.text.trim()).toBe('Please see the picture and the invoice.')
    expect(mail.html).toContain('src="cid:pic@x"')
    expect(mail.html).toContain('data-remote-src="https://track.example/open.gif"')
    expect(mail.files.map(({ name, mimeType, contentId }) => [name, mimeType, contentId])).toEqual([
      ['pic.png', 'image/png', 'pic@x'],
      ['发票.pdf', 'application/pdf', null],
    ])
  })

  it('a mail that breaks off keeps its words and what there is of the file', async () => {
    const mail = await parsed('broken-mime')
    expect(mail.text.trim()).toBe('The words before the damage.')
    expect(mail.files).toMatchObject([{ name: 'cut.png', mimeType: 'image/png' }])
  })

  it('Outlook’s winmail.dat is kept as a file beside the words', async () => {
    const mail = await parsed('winmail')
    expect(mail.text.trim()).toBe('Sent by Outlook in rich text.')
    expect(mail.files).toMatchObject([{ name: 'winmail.dat', mimeType: 'application/ms-tnef' }])
  })

  it('a mail of HTML alone gets words to search and preview', async () => {
    const { text } = await parsed('html-only')
    expect(text).toBe(
      'First line\nSecond & last\nOn Mon, 15 Jan 2024 at 10:20, Support <support@shop.example> wrote:\n> How can we help?',
    )
  })

  it('control characters are left out: databases refuse NUL', async () => {
    const mail = await parseMail(letter({ Subject: 'a\u0000b\u0007c' }, 'one\u0000two\u001b[31m\r\nthree\tfour\r\n'))
    expect(mail.subject).toBe('abc')
    expect(mail.text.trim()).toBe('onetwo[31m\nthree\tfour')
  })

  it('100,000 characters come whole', async () => {
    const text = '长'.repeat(100_000)
    const mail = await parseMail(letter({ 'Content-Type': 'text/plain; charset=utf-8' }, `${text}\r\n`))
    expect(mail.text.trim()).toBe(text)
  })

  it('any bytes at all are a mail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (bytes, headed) => {
        const raw = headed
          ? Buffer.concat([Buffer.from('Content-Type: multipart/mixed; boundary=x\r\n\r\n'), bytes])
          : bytes
        const mail = await parseMail(raw)
        expect(mail.contentHash).toMatch(/^[0-9a-f]{64}$/)
      }),
      { numRuns: 100 },
    )
  })
})

describe('the name of a mail', () => {
  it('is its Message-ID', async () => {
    expect((await message('nested-multipart')).id).toBe('a1@customer.example')
  })

  it('is its content where there is no Message-ID, whatever relays wrote above it', async () => {
    const raw = await fixtureMail('no-message-id')
    const relayed = Buffer.concat([Buffer.from('Received: from a by b; Mon, 15 Jan 2024 10:20:40 +0800\r\n'), raw])
    const { id } = await message(raw)
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect((await message(relayed)).id).toBe(id)
    expect((await message(Buffer.concat([raw, Buffer.from('more\r\n')]))).id).not.toBe(id)
  })

  it('is its content where the Message-ID is nonsense', async () => {
    for (const id of ['<>', `<${'x'.repeat(400)}@y>`, '< >'])
      expect((await message(letter({ 'Message-ID': id }))).id).toMatch(/^sha256:/)
  })
})

describe('address headers', () => {
  it('are read with quotes, comments, groups and encoded names', () => {
    expect(mailboxes('"Lee, Ann" <Ann@Example.com>, bob@x.example (Bob), =?utf-8?B?5L2g5aW9?= <c@d.example>')).toEqual([
      { address: 'ann@example.com', name: 'Lee, Ann' },
      { address: 'bob@x.example', name: 'Bob' },
      { address: 'c@d.example', name: '你好' },
    ])
    expect(mailboxes('Undisclosed recipients:;')).toEqual([])
  })

  it('may name a person by an emoji alone', async () => {
    const { from } = await parseMail(letter({ From: '"😀" <e@d.example>' }))
    expect(from).toEqual({ address: 'e@d.example', name: '😀' })
  })

  it('give message ids without brackets, each once', () => {
    expect(messageIds('<a@b>\r\n <c@d><a@b>')).toEqual(['a@b', 'c@d'])
    expect(messageIds('bare@id')).toEqual(['bare@id'])
  })
})

describe('mails made to keep us busy', () => {
  it.each([
    ['brackets without end', letter({ To: '<'.repeat(400_000) })],
    ['half encoded words', letter({ Subject: `=?a${'*a'.repeat(200_000)}` })],
    ['quotation above a last word', letter({}, `x\r\n${'> y\r\n'.repeat(100_000)}own words\r\n`)],
    ['a line of blanks between dashes', letter({}, `x\r\n--${' '.repeat(200_000)}x\r\n`)],
    ['a bounce of one endless word', letter({ 'Return-Path': '<>', Subject: 'failure notice' }, 'a'.repeat(900_000))],
  ])('%s', async (_name, raw) => {
    const started = performance.now()
    await message(raw)
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
