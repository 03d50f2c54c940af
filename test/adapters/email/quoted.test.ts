import { describe, expect, it } from 'vitest'
import { quotedFrom } from '../../../adapters/email/quoted.ts'
import { message } from './fixture.ts'

const OWN_WORDS = 'Thanks, that works.\n\n'

/** What stands right above the history, in the words of the program that put it there. */
const HEADS: [program: string, head: string, quoted?: boolean][] = [
  ['Gmail, English', 'On Mon, Jan 15, 2024 at 10:20 AM Support <support@shop.example> wrote:', true],
  ['Gmail, wrapped', 'On Mon, Jan 15, 2024 at 10:20 AM Support Team of the Shop\n<support@shop.example> wrote:', true],
  ['Apple Mail', 'On Jan 15, 2024, at 10:20, Support <support@shop.example> wrote:', true],
  ['Gmail, simplified Chinese', 'Support <support@shop.example> 于2024年1月15日周一 10:20写道：', true],
  ['Gmail, traditional Chinese', 'Support <support@shop.example> 於 2024年1月15日 週一 上午10:20寫道：', true],
  ['Apple Mail, Chinese', '在 2024年1月15日，10:20，Support <support@shop.example> 写道：', true],
  ['163', '在 2024-01-15 10:20:30，"Support" <support@shop.example> 写道：'],
  ['163, English', 'At 2024-01-15 10:20:30, "Support" <support@shop.example> wrote:'],
  ['163, new', '---- 回复的原邮件 ----'],
  ['163, new, English', '---- Replied Message ----'],
  ['QQ', '------------------ 原始邮件 ------------------'],
  ['QQ, with nbsp', '------------------\u00a0原始邮件\u00a0------------------'],
  ['QQ, English', '------------------ Original ------------------'],
  ['Foxmail', '发件人： Support\n发送时间： 2024-01-15 10:20\n收件人： ann\n主题： 您的订单'],
  ['Outlook', '-----Original Message-----'],
  [
    'Outlook, headers',
    'From: Support <support@shop.example>\nSent: Monday, January 15, 2024 10:20 AM\nTo: Ann\nSubject: Your order',
  ],
  [
    'Outlook, line and headers',
    '________________________________\nFrom: Support\nSent: Monday\nTo: Ann\nSubject: Order',
  ],
  ['Outlook, bold', '*From:* Support\n*Sent:* Monday\n*To:* Ann\n*Subject:* Order'],
  ['Outlook, Chinese', '发件人: Support\n发送时间: 2024年1月15日 10:20\n收件人: Ann\n主题: 订单'],
  ['Outlook, German', '-----Ursprüngliche Nachricht-----'],
  ['Outlook, German headers', 'Von: Support\nGesendet: Montag\nAn: Ann\nBetreff: Bestellung'],
  ['Outlook, Japanese', '差出人: Support\n送信日時: 2024年1月15日\n宛先: Ann\n件名: 注文'],
  ['German', 'Am Mo., 15. Jan. 2024 um 10:20 Uhr schrieb Support <support@shop.example>:', true],
  ['French', 'Le lun. 15 janv. 2024 à 10:20, Support <support@shop.example> a écrit :', true],
  ['Spanish', 'El lun, 15 ene 2024 a las 10:20, Support (<support@shop.example>) escribió:', true],
  ['Portuguese', 'Em seg., 15 de jan. de 2024 às 10:20, Support <support@shop.example> escreveu:', true],
  ['Italian', 'Il giorno lun 15 gen 2024 alle ore 10:20 Support <support@shop.example> ha scritto:', true],
  ['Dutch', 'Op ma 15 jan 2024 om 10:20 schreef Support <support@shop.example>:', true],
  ['Swedish', 'Den mån 15 jan. 2024 kl 10:20 skrev Support <support@shop.example>:', true],
  ['Polish', 'pon., 15 sty 2024 o 10:20 Support <support@shop.example> napisał(a):', true],
  ['Russian', 'пн, 15 янв. 2024 г. в 10:20, Support <support@shop.example>:', true],
  ['Russian, verb', '15.01.2024 10:20, Support пишет:', true],
  ['Japanese', '2024年1月15日(月) 10:20 Support <support@shop.example>:', true],
  ['Korean', '2024년 1월 15일 (월) 오전 10:20, Support <support@shop.example>님이 작성:', true],
  ['Turkish', 'Support <support@shop.example>, 15 Oca 2024 Pzt, 10:20 tarihinde şunu yazdı:', true],
  ['Vietnamese', 'Vào Th 2, 15 thg 1, 2024 vào lúc 10:20 Support <support@shop.example> đã viết:', true],
]

describe('the history below an answer is found', () => {
  it.each(HEADS)('%s', (_program, head, quoted) => {
    const history = quoted ? '\n\n> How can we help?\n> Support\n' : '\n\nHow can we help?\nSupport\n'
    expect(quotedFrom(`${OWN_WORDS}${head}${history}`)).toBe(OWN_WORDS.length)
  })

  it('with nothing but quoted lines', () => {
    expect(quotedFrom(`${OWN_WORDS}> How can we help?\n> Support`)).toBe(OWN_WORDS.length)
  })

  it('in HTML mails too', async () => {
    const mail = await message('html-only')
    expect(mail.text.slice(0, mail.quotedFrom).trim()).toBe('First line\nSecond & last')
  })
})

describe('own words are never folded', () => {
  it('between and below quotations', async () => {
    expect((await message('inline-reply')).quotedFrom).toBeUndefined()
    expect(quotedFrom('> Which size?\n\n42, please.\n')).toBeUndefined()
  })

  it('in a forwarded mail, which is what the sender wants to be read', () => {
    const forwarded =
      'Please see below.\n\n---------- Forwarded message ---------\nFrom: Bob <b@x.example>\nDate: Monday\nSubject: Hi\nTo: Ann\n\nHello\n'
    expect(quotedFrom(forwarded)).toBeUndefined()
  })

  it('where there is nothing else', () => {
    expect(quotedFrom('On Mon, Jan 15, 2024 at 10:20 AM A <a@b.example> wrote:\n> x')).toBeUndefined()
  })

  it('in sentences that only look like a head', () => {
    for (const text of [
      'My father wrote: come home.\nSo I went.',
      'Here is what I need:\nFrom: Berlin\nI am travelling on 5 May.\n',
      '我在昨天写道：请发货。\n请问发了吗？',
      'Total:\n- 1 shirt\n- 2 socks',
    ])
      expect(quotedFrom(text)).toBeUndefined()
  })
})
