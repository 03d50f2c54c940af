import type { DeviceId } from './people.ts'
import type { PictureName } from './pictures.ts'

export interface Line {
  /** Seconds after the start. */
  at: number
  device: DeviceId
  /** Which of the device's customers. */
  who: number
  text: string
  subject?: string
  picture?: PictureName
  /** A mail that goes on where this person's last one ended. */
  follows?: true
}

/** A minute of a busy day in a small tea shop: ten people, two languages, five ways. */
export const BUSY_DAY: Line[] = [
  { at: 0, device: 'web', who: 0, text: 'Hi! Is the Phoenix oolong back in stock?' },
  { at: 1, device: 'official', who: 0, text: '你好，我上周订的茶壶到哪里了？' },
  { at: 3, device: 'sms', who: 0, text: 'Hello, my parcel arrived but one cup is broken :(' },
  { at: 4, device: 'sms', who: 0, text: 'Here is how it looks', picture: 'cup' },
  {
    at: 6,
    device: 'mail',
    who: 1,
    subject: 'Invoice for order 5512',
    text: 'Dear team,\n\nplease send me the invoice for order 5512 with our company address:\n\nFischer & Co., Hafenstrasse 9, Hamburg\n\nKind regards\nNoah Fischer',
  },
  { at: 8, device: 'personal', who: 0, text: '老板在吗？想买 20 份端午礼盒送客户' },
  { at: 9, device: 'personal', who: 0, text: '有没有团购价？' },
  { at: 11, device: 'official', who: 0, text: '订单号 20881' },
  { at: 13, device: 'web', who: 1, text: '请问可以开增值税专用发票吗？' },
  { at: 15, device: 'sms', who: 1, text: 'What time do you close today?' },
  { at: 17, device: 'official', who: 2, text: 'Hi, do you also ship to Suzhou? I only found Shanghai on the page.' },
  {
    at: 19,
    device: 'mail',
    who: 0,
    subject: 'Broken cup in my order',
    text: 'Hello,\n\nI also wrote to you by text message. My number is +1 202 555 0137, the photos are there.\nCould you send a new cup instead of a refund?\n\nThank you\nAna Souza',
  },
  { at: 21, device: 'web', who: 0, text: 'Two tins would be enough for now' },
  { at: 23, device: 'personal', who: 1, text: '昨天买的白茶很好喝，谢谢推荐！' },
  { at: 25, device: 'personal', who: 1, text: '今天泡的', picture: 'tea' },
  { at: 27, device: 'sms', who: 2, text: '你好，可以改一下收货地址吗？' },
  { at: 29, device: 'sms', who: 1, text: 'STOP' },
  { at: 31, device: 'official', who: 1, text: '会员积分怎么兑换？' },
  {
    at: 33,
    device: 'mail',
    who: 2,
    subject: '设计合作',
    text: '您好，\n\n我们是一家包装设计工作室，想为新茶设计包装。附上草图一张。\n\n许静',
    picture: 'parcel',
  },
  { at: 35, device: 'web', who: 1, text: '公司名称：云杉科技有限公司' },
  { at: 37, device: 'sms', who: 2, text: '新地址：苏州市平江路 18 号' },
  { at: 39, device: 'official', who: 2, text: 'And how long does it take?' },
  { at: 41, device: 'mail', who: 1, follows: true, text: 'PS: a PDF is enough, no need to post it.\n\nNoah' },
  { at: 43, device: 'personal', who: 2, text: 'Hey, is the tea tasting on Saturday still on?' },
  { at: 45, device: 'sms', who: 1, text: 'START' },
  { at: 47, device: 'sms', who: 1, text: 'Sorry, wrong button. So when do you close?' },
  { at: 49, device: 'official', who: 1, text: '另外礼品卡能和积分一起用吗？' },
  { at: 51, device: 'web', who: 2, text: 'I wrote to you on WeChat too — do I get the member price here?' },
  { at: 53, device: 'official', who: 0, text: '这是付款截图', picture: 'receipt' },
  {
    at: 55,
    device: 'mail',
    who: 0,
    follows: true,
    text: 'One more thing: please leave it with the neighbour if I am out.\n\nAna',
  },
  { at: 57, device: 'personal', who: 0, text: '最好周五前能到' },
  { at: 59, device: 'web', who: 0, text: 'Thanks a lot!' },
]
