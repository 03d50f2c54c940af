import { SignJWT } from 'jose'
import type { Customer } from './people.ts'

/** What a website's own server would sign of the person who is logged in there. */
export const signVisitor = (secret: string, { address, name }: Customer): Promise<string> =>
  new SignJWT({ name })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(address.replace(/^u_/, ''))
    .setIssuedAt()
    .setExpirationTime('12 hours')
    .sign(new TextEncoder().encode(secret))

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign)

/** The shop's page with the real loader in it, for the person who is logged in. */
export function shopPage(template: string, customer: Customer, accountId: string, jwt: string): string {
  const values: Record<string, string> = {
    LANGUAGE: customer.language,
    NAME: customer.name,
    CUSTOMER: customer.address,
    ACCOUNT: accountId,
    JWT: jwt,
  }
  return template
    .replace('<html lang="en">', `<html lang="${customer.language}">`)
    .replace(/<!--(en|zh)-->([\s\S]*?)<!--\/\1-->/g, (_all, language, text) =>
      language === customer.language ? text : '',
    )
    .replace(/\{\{([A-Z]+)\}\}/g, (_all, key: string) => escaped(values[key] ?? ''))
}
