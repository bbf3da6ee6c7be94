// URLs as attributes: without the values of parameters that are secrets.

const REDACTED = 'REDACTED'
/** Characters that a URL parser leaves as they are, and no segment that it would take out. */
const PLAIN_PATH = /^\/(?!\/)[\w\-.~!$&'()*+,;=:@/%]*$/
const DOTS = /\/\.|%2e/i
/** Characters that `URLSearchParams` writes as it reads them; every parameter has a value. */
const PLAIN_QUERY = /^[\w*.-]+=[\w*.-]*(?:&[\w*.-]+=[\w*.-]*)*$/

export interface Target {
  readonly path: string
  /** Without the `?`; empty where there is none. */
  readonly query: string
}

/**
 * The path and the query of a request, as a URL parser would write them.
 *
 * @param target what stands in the request line
 * @param redacted parameters whose values are replaced
 */
export function readTarget(target: string, redacted: readonly string[]): Target {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  if (target.includes('#') || !PLAIN_PATH.test(path) || DOTS.test(path)) return parseTarget(target, redacted)
  return { path, query: mark < 0 ? '' : redactQuery(target.slice(mark + 1), redacted) }
}

/** A query, without its `?`, in which the values of `redacted` parameters are replaced. */
export function redactQuery(query: string, redacted: readonly string[]): string {
  if (query === '' || (PLAIN_QUERY.test(query) && !mentions(query, redacted))) return query
  const params = new URLSearchParams(query)
  for (const name of redacted) if (params.has(name)) params.set(name, REDACTED)
  return params.toString()
}

function parseTarget(target: string, redacted: readonly string[]): Target {
  const url = URL.parse(target, 'http://localhost')
  if (!url) return { path: target, query: '' }
  return { path: url.pathname, query: redactQuery(url.search.slice(1), redacted) }
}

/** Whether one of these may be among the parameters. Never wrongly false. */
function mentions(query: string, redacted: readonly string[]): boolean {
  for (const name of redacted) if (query.includes(name)) return true
  return false
}
