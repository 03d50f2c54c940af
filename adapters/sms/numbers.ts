import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min'

/** A phone number in E.164; null for what is none. Without a country only numbers with + (or 00) are understood. */
export function toE164(raw: string, defaultCountry?: string): string | null {
  // Numbers copied from a phone book carry invisible marks of the writing direction.
  const typed = raw
    .normalize('NFKC')
    .replace(/[\u200e\u200f\u202a-\u202e]/g, '')
    .trim()
  // Letters would be taken for the keys of a telephone ("1-800-FLOWERS"): never meant in an address.
  if (!/^\+?[\d\s().\-/]{5,24}$/.test(typed)) return null
  const international = typed.replace(/^00/, '+')
  const country = defaultCountry !== undefined && isSupportedCountry(defaultCountry) ? defaultCountry : undefined
  const parsed = parsePhoneNumberFromString(international, country as CountryCode)
  return parsed?.isPossible() === true ? parsed.number : null
}
