import { context, logs, ROOT_CONTEXT, type HrTime } from '@opentelemetry/api'
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor,
  type ReadableLogRecord,
} from '@opentelemetry/sdk-logs'
import { setFields } from '@waybill/core'
import { pino } from 'pino'
import { correlate, setCorrelation } from '../src/correlate.ts'
import { PinoInstrumentation } from '../src/instrument.ts'
import { logRecord, severityNumber } from '../src/semconv.ts'
import { IDS, Lines, SPAN_ID, TRACE_ID, useContexts, WORK } from './lines.ts'

useContexts()

const exporter = new InMemoryLogRecordExporter()
const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] })
beforeAll(() => {
  logs.setGlobalLoggerProvider(provider)
  correlate(pino({}, new Lines()))
})
afterEach(() => void jest.restoreAllMocks())
beforeEach(() => {
  exporter.reset()
  new PinoInstrumentation({ sendLogs: true, staticFields: { service: 'scan-api' } })
})
afterAll(() => {
  logs.disable()
  setCorrelation(undefined)
})

const sent = (): ReadableLogRecord[] => exporter.getFinishedLogRecords()

/** The only record that was sent; its getters as members, so that Jest sees them. */
function only(): Partial<ReadableLogRecord> {
  expect(sent()).toHaveLength(1)
  const { body, severityNumber, severityText, hrTime, spanContext, attributes, instrumentationScope } =
    sent()[0]!
  return {
    body,
    severityNumber,
    severityText,
    hrTime,
    spanContext,
    attributes,
    instrumentationScope,
  } as Partial<ReadableLogRecord>
}

describe('a line as a log record', () => {
  it('has message, level, time, attributes and the ids of the work it was written in', () => {
    const out = new Lines()
    jest.spyOn(Date, 'now').mockReturnValue(1_763_690_400_123)
    context.with(setFields(WORK, { user_id: 'u-1' }), () =>
      pino({}, out)
        .child({ shop: 's-1' })
        .warn({ parcel: 'P-17', size: { cm: [1, 2] } }, 'too %s', 'big'),
    )
    expect(only()).toMatchObject({
      body: 'too big',
      severityNumber: 13,
      severityText: 'warn',
      hrTime: [1_763_690_400, 123_000_000] satisfies HrTime,
      spanContext: { traceId: TRACE_ID, spanId: SPAN_ID },
      instrumentationScope: { name: '@waybill/pino' },
    })
    expect(only().attributes).toEqual({
      operation_id: 'a1b2c3d4',
      user_id: 'u-1',
      shop: 's-1',
      parcel: 'P-17',
      size: { cm: [1, 2] },
    })
    expect(out.json).toMatchObject({ ...IDS, user_id: 'u-1', service: 'scan-api', msg: 'too big' })
  })

  it('has the exception as the conventions say', () => {
    const error = Object.assign(new TypeError('boom'), { code: 'E_BOOM' })
    pino({}, new Lines()).error(error)
    expect(only()).toMatchObject({ body: 'boom', severityNumber: 17 })
    expect(only().attributes).toEqual({
      'exception.type': 'TypeError',
      'exception.message': 'boom',
      'exception.stacktrace': error.stack,
      err: { code: 'E_BOOM' },
    })
  })

  it('holds nothing that redact, a serializer or streamWrite took out', () => {
    const options = {
      redact: ['password'],
      serializers: { card: () => 'xxxx' },
      hooks: { streamWrite: (line: string) => line.replaceAll('hunter2', '***') },
    }
    pino(options, new Lines()).info({ password: 'p', card: '4111', note: 'hunter2' }, 'pw hunter2')
    expect(only().body).toBe('pw ***')
    expect(only().attributes).toEqual({ password: '[Redacted]', card: 'xxxx', note: '***' })
  })

  it('knows messageKey, errorKey, custom levels and other times', () => {
    const out = new Lines()
    const options = {
      messageKey: 'message',
      errorKey: 'error',
      customLevels: { loud: 35 },
      timestamp: () => ',"time":"noon"',
    }
    pino({ ...options, serializers: { error: pino.stdSerializers.err } }, out).loud(new Error('no'))
    expect(only()).toMatchObject({ body: 'no', severityNumber: 11, severityText: 'loud' })
    expect(only().attributes).toMatchObject({ 'exception.type': 'Error', time: 'noon' })
  })

  it('is not made of a line that a log processor writes', () => {
    const logger = pino({}, new Lines())
    const processor = {
      onEmit: () => logger.info('from within'),
      forceFlush: async () => {},
      shutdown: async () => {},
    }
    const instrumentation = new PinoInstrumentation({ sendLogs: true })
    instrumentation.setLoggerProvider(
      new LoggerProvider({ processors: [processor, new SimpleLogRecordProcessor({ exporter })] }),
    )
    logger.info('from the app')
    expect(sent().map(({ body }) => body)).toEqual(['from the app'])
  })

  it('is not made where sending is off', () => {
    new PinoInstrumentation()
    pino({}, new Lines()).info('x')
    expect(sent()).toEqual([])
  })

  it('that cannot be made costs the app nothing but the record', () => {
    const out = new Lines()
    pino({ hooks: { streamWrite: (line) => `${line}no json` } }, out).info('x')
    expect(out.last).toContain('no json')
    expect(sent()).toEqual([])
  })
})

describe('logRecord', () => {
  const keys = { messageKey: 'msg', errorKey: 'err', ctx: ROOT_CONTEXT }

  it('is bounded in attributes, in length and in depth', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`k${index}`, { v: index }]))
    expect(Object.keys(logRecord(many, keys).attributes!)).toHaveLength(32)
    const { attributes } = logRecord({ long: 'x'.repeat(5000), list: Array(100).fill(1) }, keys)
    expect((attributes!['long'] as string).length).toBe(4096)
    expect(attributes!['list']).toHaveLength(64)
    const deep = JSON.parse('{"a":'.repeat(50) + '1' + '}'.repeat(50)) as Record<string, unknown>
    expect(JSON.stringify(logRecord(deep, keys).attributes).length).toBeLessThan(400)
    expect(logRecord(deep, keys).attributes).toMatchObject({ a: { a: { a: { a: expect.any(Object) } } } })
  })

  it('takes hostile keys as keys', () => {
    const line = JSON.parse('{"__proto__":{"x":1},"msg":"m"}') as Record<string, unknown>
    const { attributes } = logRecord(line, keys)
    expect(Object.keys(attributes!)).toEqual(['__proto__'])
    expect(attributes!['x']).toBeUndefined()
  })
})

it.each([
  [10, undefined, 1],
  [20, undefined, 5],
  [30, undefined, 9],
  [35, undefined, 11],
  [60, undefined, 21],
  [0, undefined, 1],
  [1000, undefined, 24],
  [4, 'warning', 13],
])('severity of level %s (%s) is %s', (level, label, expected) => {
  expect(severityNumber(level, label)).toBe(expected)
})
