import { openidOf } from '../wechat-official-peer.ts'

/** The things that lie on the desk, each with one channel in it. Also the keys of the accounts. */
export const DEVICES = ['sms', 'official', 'personal', 'mail', 'web'] as const
export type DeviceId = (typeof DEVICES)[number]

export const isDevice = (text: unknown): text is DeviceId => DEVICES.some((device) => device === text)

/** A customer at one device. */
export interface Customer {
  /** How the remote party knows this person: a number, an openid, a mail address … */
  address: string
  name: string
  language: 'en' | 'zh'
  /** What people read as the address; none where it would say nothing. */
  shown: string
}

/** Numbers in the ranges that are kept free for fiction, and domains that belong to nobody. */
export const CUSTOMERS: Record<DeviceId, Customer[]> = {
  sms: [
    { address: '+12025550137', name: 'Ana Souza', language: 'en', shown: '+1 202 555 0137' },
    { address: '+12025550164', name: 'James Carter', language: 'en', shown: '+1 202 555 0164' },
    { address: '+12025550188', name: '林夏', language: 'zh', shown: '+1 202 555 0188' },
  ],
  official: [
    { address: openidOf('li-mei'), name: '李梅', language: 'zh', shown: '' },
    { address: openidOf('chen-hao'), name: '陈浩', language: 'zh', shown: '' },
    { address: openidOf('emma-clarke'), name: 'Emma Clarke', language: 'en', shown: '' },
  ],
  personal: [
    { address: 'wxid_wanglei', name: '王磊', language: 'zh', shown: '' },
    { address: 'wxid_zhouting', name: '周婷', language: 'zh', shown: '' },
    { address: 'wxid_lucasmartin', name: 'Lucas Martin', language: 'en', shown: '' },
  ],
  mail: [
    { address: 'ana@souza.example', name: 'Ana Souza', language: 'en', shown: 'ana@souza.example' },
    { address: 'noah@fischer.example', name: 'Noah Fischer', language: 'en', shown: 'noah@fischer.example' },
    { address: 'xujing@studio.example', name: '许静', language: 'zh', shown: 'xujing@studio.example' },
  ],
  web: [
    { address: 'u_sofia', name: 'Sofia Rossi', language: 'en', shown: '' },
    { address: 'u_zhangwei', name: '张伟', language: 'zh', shown: '' },
    { address: 'u_emma', name: 'Emma Clarke', language: 'en', shown: '' },
  ],
}

export const customerAt = (device: DeviceId, address: string): Customer | undefined =>
  CUSTOMERS[device].find((customer) => customer.address === address)

/** The hub's side, as customers know it. */
export const SHOP = {
  name: 'Fern & Kettle',
  mail: 'hello@fernandkettle.example',
  number: '+12025550100',
}
