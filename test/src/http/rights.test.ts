import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allows, RIGHTS } from '../../../src/http/rights-table.ts'
import { ROLES } from '../../../src/model.ts'
import { type HttpHub, type Person, startHttpHub } from '../../support/http-hub.ts'

let hub: HttpHub
const people = new Map<string, Person>()

beforeAll(async () => {
  hub = await startHttpHub('sqlite', { sandbox: async () => new Response('sandbox') })
  for (const role of ROLES) people.set(role, await hub.person(role))
})
afterAll(() => hub.close())

/** Every route that was registered; middlewares for all paths are none. */
const registered = () => {
  const routes = hub.http.app.routes
    .filter(({ method, path }) => !(method === 'ALL' && (path === '/*' || path === '/api/*')))
    .map(({ method, path }) => `${method} ${path}`)
  return [...new Set(routes)].sort()
}

const entries = Object.entries(RIGHTS).map(([key, access]) => {
  const [method = '', path = ''] = key.split(' ')
  return { key, method, path, access }
})

test('every route stands in the table of rights, and the table names no other', () => {
  expect(registered()).toEqual(Object.keys(RIGHTS).sort())
})

describe('what is not public', () => {
  const guarded = entries.filter(({ access }) => access !== 'public')

  test.each(guarded)('$key refuses who is not signed in', async ({ method, path }) => {
    const response = await hub.ask(null, method, path.replace(':id', 'x'), method === 'GET' ? undefined : {})
    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
  })

  const cases = guarded
    .filter(({ path }) => path !== '/api/v1/events')
    .flatMap((entry) => ROLES.map((role) => ({ ...entry, role })))

  test.each(cases)('$key as $role', async ({ method, path, access, role }) => {
    const person = people.get(role) as Person
    // Bodies that fit nothing: what is allowed fails by 400 or 404, or is harmless; what is not fails by its role.
    const body = method === 'GET' || method === 'DELETE' ? undefined : { never: 'fits' }
    const response = await hub.ask(person, method, path.replace(':id', 'no-such-id'), body)
    const text = await response.text()
    const refused = response.status === 403 && JSON.parse(text).code === 'role_not_allowed'
    expect(refused, `${response.status} ${text}`).toBe(!allows(access, role))
    expect(response.status, text).toBeLessThan(500)
  })
})
