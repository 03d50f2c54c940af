import type { Outcome, Problem } from '../../conversations/outcome.ts'

/** A refusal as RFC 9457 describes it. `code` is stable, `detail` is for people and says what to do. */
export interface HttpProblem {
  status: Problem['status'] | 401 | 405 | 415 | 429 | 500 | 503
  code: string
  detail: string
  /** Of a body or query that did not fit: where, and why. */
  errors?: { path: string; message: string }[]
  retryAfterS?: number
}

const TITLES: Record<HttpProblem['status'], string> = {
  400: 'The request does not make sense',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Not possible here',
  409: 'Conflict with how things stand',
  410: 'Gone',
  413: 'Too large',
  415: 'Not this kind of content',
  422: 'Understood, but it cannot be done',
  429: 'Too many requests',
  500: 'The hub failed',
  503: 'Not ready',
}

export const problemResponse = (problem: HttpProblem): Response => {
  const { retryAfterS, ...rest } = problem
  return Response.json(
    { type: `urn:onethread:problem:${problem.code}`, title: TITLES[problem.status], ...rest },
    {
      status: problem.status,
      headers: {
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
        ...(retryAfterS === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterS)) }),
        // The rest of a body nobody reads ends with the connection: the next request must not go out on it.
        ...(problem.status === 413 ? { connection: 'close' } : {}),
        ...(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      },
    },
  )
}

/** Thrown where a request ends here and now; the app answers with it. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly problem: HttpProblem

  constructor(problem: HttpProblem) {
    super(problem.detail)
    this.problem = problem
  }
}

export const refuse = (status: HttpProblem['status'], code: string, detail: string): never => {
  throw new Refusal({ status, code, detail })
}

/** The value of an outcome; a refused one ends the request. */
export const orRefuse = <T>(outcome: Outcome<T>): T => {
  if (!outcome.ok) throw new Refusal(outcome.problem)
  return outcome.value
}

/** What was read, or 404. */
export const orMissing = <T>(value: T | null, what: string): T =>
  value ?? refuse(404, 'not_found', `There is no such ${what}, or you may not see it.`)
