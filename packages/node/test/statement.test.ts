import { withStatement } from '../src/integrations/statement.ts'

type Serializer = (command: unknown, args?: unknown) => string
const serializer = (statement: string): Serializer =>
  withStatement({ statement })['dbStatementSerializer'] as Serializer

test('none, the command alone, or all of it', () => {
  expect(serializer('none')('SET', ['key', 'secret'])).toBe('')
  expect(serializer('command')('SET', ['key', 'secret'])).toBe('SET')
  expect(serializer('full')('SET', ['key', Buffer.from('value')])).toBe('SET key value')
  expect(serializer('command')({ find: 'users', filter: { name: 'x' } })).toBe('find')
  expect(serializer('full')({ find: 'users', filter: { name: 'x' } })).toBe(
    '{"find":"users","filter":{"name":"x"}}',
  )
})

test('nothing else of the configuration is touched', () => {
  expect(withStatement({ requireParentSpan: true })).toEqual({ requireParentSpan: true })
  expect(withStatement()).toEqual({})
})

test('what cannot be written, and what is too long', () => {
  const round: Record<string, unknown> = { find: 'users' }
  round['self'] = round
  expect(serializer('full')(round)).toBe('find')
  expect(serializer('full')('SET', ['x'.repeat(100_000)])).toHaveLength(4096)
})
