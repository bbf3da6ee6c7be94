// The patterns of sampling rules.
import fc from 'fast-check'
import { compileGlobs, compileRoutes } from '../src/tracing/samplers/glob.ts'

test.each([
  ['a*c', 'abc', true],
  ['a*c', 'ac', true],
  ['a*c', 'acd', false],
  ['*a*b*', 'xxaxxbxx', true],
  ['?b?', 'abc', true],
  ['?b?', 'ab', false],
  ['', '', true],
  ['**', 'x', true],
])('%s, %s: %s', (glob, text, expected) => {
  expect(compileGlobs(glob)(text)).toBe(expected)
})

test('a hostile glob takes no exponential time', () => {
  const started = performance.now()
  expect(compileGlobs('*a'.repeat(30) + 'b')('a'.repeat(2000))).toBe(false)
  expect(performance.now() - started).toBeLessThan(1000)
})

test('as a regular expression would have it', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 })
  fc.assert(
    fc.property(letters, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }), (glob, text) => {
      const source = glob.replaceAll('*', '[ab]*').replaceAll('?', '[ab]')
      expect(compileGlobs(glob)(text)).toBe(new RegExp(`^${source}$`).test(text))
    }),
    { seed: 3, numRuns: 500 },
  )
})

test.each([
  ['/users/:id', '/users/17', true],
  ['/users/:id', '/users/', false],
  ['/users/:id', '/users/17/orders', false],
  ['/users/{id}/orders', '/users/17/orders', true],
  ['/users/[id]', '/users/17', true],
  ['/users/:id(\\d+)', '/users/17', true],
  ['/users/:id/*', '/users/17/a/b', true],
  ['/users/:id', '/users/:id', true],
  ['/static/*', '/static/js/app.js', true],
  ['/', '/', true],
])('route %s, path %s: %s', (route, path, expected) => {
  expect(compileRoutes(route)(path)).toBe(expected)
})
