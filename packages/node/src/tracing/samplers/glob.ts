import type { Globs } from '../config.ts'

/** A test for `globs`: does any of them match the whole text? `*` any characters, `?` one. */
export function compileGlobs(globs: Globs): (text: string) => boolean {
  const tests = (typeof globs === 'string' ? [globs] : globs).map(compileGlob)
  if (tests.length === 1) return tests[0]!
  return (text) => {
    for (const test of tests) if (test(text)) return true
    return false
  }
}

function compileGlob(glob: string): (text: string) => boolean {
  if (glob === '*') return () => true
  const wild = /[*?]/.test(glob)
  if (!wild) return (text) => text === glob
  if (/^[^*?]*\*$/.test(glob)) {
    const prefix = glob.slice(0, -1)
    return (text) => text.startsWith(prefix)
  }
  return (text) => matches(glob, text)
}

/** Greedy with one point to return to: a regular expression of many `*` would take exponential time. */
function matches(glob: string, text: string): boolean {
  let g = 0
  let t = 0
  let star = -1
  let from = 0
  while (t < text.length) {
    if (g < glob.length && glob[g] === '*') {
      star = g++
      from = t
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === text[t])) {
      g++
      t++
    } else if (star >= 0) {
      g = star + 1
      t = ++from
    } else return false
  }
  while (g < glob.length && glob[g] === '*') g++
  return g === glob.length
}

/**
 * A test for routes, `/users/:id`, `/users/{id}` or `/static/*`, against the path of a request: where a
 * request begins, no router has seen it yet.
 */
export function compileRoutes(globs: Globs): (path: string) => boolean {
  const tests = (typeof globs === 'string' ? [globs] : globs).map(compileRoute)
  return (path) => {
    for (const test of tests) if (test(path)) return true
    return false
  }
}

const PARAMETER = /^(?::.+|\{[^*].*\}|\[[^.].*\])$/

function compileRoute(route: string): (path: string) => boolean {
  if (!/[:{[]/.test(route)) return compileGlobs(route)
  // A parameter stands for one segment; what is behind a name, such as `(\\d+)`, is the router's to check.
  const segments = route
    .split('/')
    .map((segment) => (PARAMETER.test(segment) ? undefined : compileGlobs(segment)))
  const last = route.split('/').at(-1) === '*' ? segments.length - 1 : undefined
  return (path) => {
    // Written out as a route: where the framework named it before the sampler was asked.
    if (path === route) return true
    const parts = path.split('/')
    if (last === undefined ? parts.length !== segments.length : parts.length < segments.length) return false
    for (let i = 0; i < (last ?? segments.length); i++) {
      const test = segments[i]
      if (test ? !test(parts[i]!) : parts[i] === '') return false
    }
    return true
  }
}
