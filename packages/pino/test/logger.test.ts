import { context } from '@opentelemetry/api'
import { withFields } from '@waybill/core'
import { setCorrelation } from '../src/correlate.ts'
import { LineFields } from '../src/fields.ts'
import { createLogger } from '../src/logger.ts'
import { IDS, Lines, useContexts, WORK } from './lines.ts'

useContexts()
beforeEach(() => setCorrelation({ fields: new LineFields({ staticFields: { service: 's' } }) }))

const time = /^\d\d:\d\d:\d\d\.\d{3} /

describe('createLogger', () => {
  it('writes JSON with the ids, the module and the bindings', () => {
    const destination = new Lines()
    const logger = createLogger({ module: 'scans', bindings: { shop: 1 }, format: 'json', destination })
    context.with(WORK, () => logger.info({ a: 1 }, 'hello'))
    expect(destination.json).toMatchObject({
      ...IDS,
      level: 30,
      module: 'scans',
      shop: 1,
      a: 1,
      msg: 'hello',
    })
  })

  it('writes a readable line in the console form', () => {
    const destination = new Lines()
    const logger = createLogger({ module: 'scans', format: 'console', destination })
    context.with(WORK, () =>
      withFields({ user_id: 'u 1' }, () => logger.info({ parcel: 'P-17', n: [1] }, 'hello')),
    )
    expect(destination.last).toMatch(time)
    expect(destination.last.slice(13)).toBe(
      'INFO  [a1b2c3d4] [scans] hello user_id="u 1" parcel=P-17 n=[1]\n',
    )
  })

  it('shows the operation under the name that it was given', () => {
    setCorrelation({ fields: new LineFields({ fieldNames: { operation_id: 'op', trace_id: 't' } }) })
    const destination = new Lines()
    context.with(WORK, () => createLogger({ format: 'console', destination }).warn('x'))
    expect(destination.last.slice(13)).toBe('WARN  [a1b2c3d4] x\n')
  })

  it('shows an error below the line', () => {
    const destination = new Lines()
    createLogger({ format: 'console', destination }).error(new Error('boom\n12:00:00.000 INFO  forged'))
    const [first, ...rest] = destination.last.trimEnd().split('\n')
    expect(first!.slice(13)).toBe('ERROR boom\\n12:00:00.000 INFO  forged')
    expect(rest.length).toBeGreaterThan(2)
    for (const row of rest) expect(row).toMatch(/^ {4}\S/)
  })

  it('lets no value forge a line or reach the terminal', () => {
    const destination = new Lines()
    const hostile = 'x\r\n12:00:00.000 ERROR forged \u001b[31m\u009b2J\u2028\u202e'
    const logger = createLogger({ module: hostile, format: 'console', destination })
    logger.info({ [hostile]: hostile, plain: hostile }, hostile)
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(destination.last.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/)
    expect(destination.last).toMatch(/\n$/)
  })

  it.each([
    [{}, 'info'],
    [{ LOG_LEVEL: 'WARN' }, 'warn'],
    [{ LOG_LEVEL: 'warn', WAYBILL_LOG_LEVELS: 'mail=error, scans = debug' }, 'debug'],
    [{ LOG_LEVEL: 'warn', WAYBILL_LOG_LEVELS: 'mail=debug' }, 'warn'],
    [{ LOG_LEVEL: 'loud', WAYBILL_LOG_LEVELS: 'scans=shout' }, 'info'],
    [{ LOG_LEVEL: 'error', WAYBILL_LOG_LEVELS: 'scans' }, 'error'],
  ])('takes its level from %j', (env, level) => {
    expect(createLogger({ module: 'scans', destination: new Lines(), env }).level).toBe(level)
  })

  it.each([
    [{ WAYBILL_LOG_FORMAT: 'json' }, '{'],
    [{ WAYBILL_LOG_FORMAT: 'console' }, /^\d\d:/],
    [{ WAYBILL_LOG_FORMAT: 'console', NODE_ENV: 'production' }, /^\d\d:/],
    [{ WAYBILL_LOG_FORMAT: 'xml', NODE_ENV: 'production' }, '{'],
  ])('takes its form from %j', (env, start) => {
    const destination = new Lines()
    createLogger({ destination, env }).info('x')
    expect(destination.last).toMatch(start)
  })
})
