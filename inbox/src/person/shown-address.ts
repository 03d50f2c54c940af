import { getI18n } from 'react-i18next'

/** Ids that machines made; numbers, mail addresses and chosen names are none. */
const OPAQUE = /^(?!\d+$)[\w-]{20,}$/

/** An address where a name should stand. What says nothing to people is a guest, told from the others by its end. */
export const shownAddress = (address: string): string =>
  OPAQUE.test(address) ? getI18n().t('person.guest', { tail: address.slice(-4).toUpperCase() }) : address
