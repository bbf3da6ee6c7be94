import { both, bare, pino, useCopies, type PinoModule } from './copies.ts'
import { IDS, keysAsWritten, Lines, useContexts } from './lines.ts'

useContexts()
useCopies()

class Secret extends Error {
  code = 'E_SECRET'
}
const circular: Record<string, unknown> = {}
circular['self'] = circular

const cases: Record<string, (make: PinoModule, out: Lines) => void> = {
  'a message': (make, out) => make({}, out).info('hello'),
  'a merge object': (make, out) => make({}, out).info({ a: 1, b: { c: [1, 'x'] } }, 'hi %s', 'there'),
  'no message': (make, out) => make({}, out).info({ a: 1 }),
  'strings that look like ends': (make, out) => make({}, out).info({ a: '}\n', b: '"trace_id":' }, '}\n{'),
  'a key of ours deeper down': (make, out) => make({}, out).info({ a: { trace_id: 'app' } }, 'x'),
  'a key of ours without a value': (make, out) => make({}, out).info({ trace_id: undefined }, 'x'),
  'a function under a key of ours': (make, out) => make({}, out).info({ trace_id() {} }, 'x'),
  'an error': (make, out) => make({ serializers: { err: String } }, out).error(new Secret('boom')),
  'custom levels': (make, out) => make({ customLevels: { loud: 35 } }, out).loud('x'),
  'a level formatter': (make, out) =>
    make({ formatters: { level: (severity) => ({ severity }) } }, out).warn('x'),
  'a log formatter': (make, out) =>
    make({ formatters: { log: (object) => ({ ...object, more: true }) } }, out).info({ a: 1 }, 'x'),
  'a bindings formatter': (make, out) =>
    make({ formatters: { bindings: () => ({ node: 'n1' }) } }, out).info('x'),
  'children of children': (make, out) =>
    make({}, out).child({ a: 1 }).child({ b: 2 }, { msgPrefix: '> ' }).info('x'),
  setBindings: (make, out) => {
    const logger = make({}, out)
    logger.info('before')
    logger.setBindings({ late: true })
    logger.info('after')
  },
  'base: null': (make, out) => make({ base: null }, out).info('x'),
  'no base, no time': (make, out) => make({ base: null, timestamp: false }, out).info('x'),
  'iso time': (make, out) => make({ timestamp: make.stdTimeFunctions.isoTime }, out).info('x'),
  'a time of the app': (make, out) => make({ timestamp: () => ',"at":"noon"' }, out).info('x'),
  'a name': (make, out) => make({ name: 'app' }, out).info('x'),
  crlf: (make, out) => make({ crlf: true }, out).info('x'),
  messageKey: (make, out) => make({ messageKey: 'message' }, out).info('x'),
  errorKey: (make, out) =>
    make({ errorKey: 'error', serializers: { error: String } }, out).error(new Secret('no')),
  nestedKey: (make, out) => make({ nestedKey: 'payload' }, out).info({ a: 1, trace_id: 'nested' }, 'x'),
  mixin: (make, out) => make({ mixin: () => ({ mixed: true }) }, out).info({ a: 1 }, 'x'),
  redact: (make, out) =>
    make({ redact: ['password', 'a.b', '*.secret'] }, out).info(
      { password: 1, a: { b: 2 }, c: { secret: 3 } },
      'x',
    ),
  'redact a key of ours': (make, out) => make({ redact: ['trace_id', 'operation_id'] }, out).info('x'),
  serializers: (make, out) =>
    make({ serializers: { user: (user: { id: number }) => user.id } }, out).info({ user: { id: 7 } }, 'x'),
  'circular objects': (make, out) => make({}, out).info({ circular }, 'x'),
  hooks: (make, out) =>
    make(
      {
        hooks: {
          streamWrite: (line) => line.replaceAll('secret', '***'),
          logMethod(args, method) {
            method.apply(this, args)
          },
        },
      },
      out,
    ).info('a secret'),
  'a level that is off': (make, out) => make({ level: 'silent' }, out).fatal('x'),
}

describe('a line is as bare pino writes it, apart from our fields', () => {
  it.each(Object.entries(cases))('%s', (_, write) => {
    const [expected, lines] = both(write)
    expect(lines).toHaveLength(expected.length)
    for (const [index, line] of lines.entries()) {
      const keys = keysAsWritten(line)
      expect(new Set(keys).size).toBe(keys.length)
      expect(JSON.parse(line)).toMatchObject(IDS)
      expect(without(line)).toBe(expected[index])
    }
  })

  it.each(Object.entries(cases))('%s, outside of any work', (_, write) => {
    const [plain, ours] = [new Lines(), new Lines()]
    write(bare, plain)
    write(pino, ours)
    expect(ours.all).toEqual(plain.all)
  })
})

function without(line: string): string {
  return Object.entries(IDS).reduce((text, [name, value]) => text.replace(`,"${name}":"${value}"`, ''), line)
}
