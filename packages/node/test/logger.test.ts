import {
  context,
  createNoopLogger,
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SeverityNumber,
  type Attributes,
  type Logger,
  type LogRecord,
} from '@opentelemetry/api'
import { emptyResource } from '@opentelemetry/resources'
import {
  LoggerProvider as Upstream,
  type LogRecordProcessor,
  type ReadableLogRecord,
} from '@opentelemetry/sdk-logs'
import { LoggerProvider } from '../src/logging/logger-provider.ts'
import { idle, inSpan, made, OTHER, SPAN, useContextAt } from './support/log-records.ts'
import { useSaid } from './support/said.ts'

const said = useSaid()
useContextAt(4_000_000_000_123)

describe('nothing is thrown at the app', () => {
  const hostile = (): never => {
    throw new Error('mine')
  }
  const trap = Object.defineProperty({ a: 1, c: 3 } as Attributes, 'b', { enumerable: true, get: hostile })
  const trapped = { exception: Object.defineProperty({ message: 'm' }, 'name', { get: hostile }) }

  test.each<[string, LogRecord, Attributes]>([
    ['a getter', { attributes: trap }, { a: 1, c: 3 }],
    ['a getter in a map', { attributes: { a: 1, map: trap, c: 3 } }, { a: 1, c: 3 }],
    ['an error that cannot be read', { attributes: { a: 1 }, ...trapped }, { a: 1 }],
  ])('%s: the rest is logged', async (_, given, attributes) => {
    const record = await made(LoggerProvider, {}, { ...given, body: 'kept' })
    expect(record).toMatchObject({ body: 'kept', spanContext: SPAN })
    expect(record).toHaveProperty('attributes', attributes)
    expect(said.lines).toEqual([expect.stringMatching(/^WAYBILL_INTERNAL: .*mine/)])
  })

  test('what is no time is now', async () => {
    const now = [4_000_000_000, 123_000_000]
    for (const wrong of ['yesterday', Number.NaN, new Date(Number.NaN), null]) {
      const given = { timestamp: wrong, observedTimestamp: wrong } as unknown as LogRecord
      expect(await made(LoggerProvider, {}, given)).toMatchObject({ hrTime: now, hrTimeObserved: now })
    }
  })

  test.each<[string, LogRecord | undefined]>([
    ['nothing', undefined],
    ['what cannot be read', Object.defineProperty({}, 'body', { get: hostile })],
  ])('%s: said, and lost', (_, given) => {
    const { logger, records } = ours()
    logger.emit(given!)
    logger.emit({ body: 'next' })
    expect(records.map(({ body }) => body)).toEqual(['next'])
    expect(said.lines).toEqual([expect.stringMatching(/^WAYBILL_INTERNAL: log record: /)])
  })

  test('a processor that throws', () => {
    const { logger, records } = ours([{ ...idle, onEmit: hostile, enabled: hostile }])
    logger.emit({ body: 'lost' })
    expect(logger.enabled()).toBe(true)
    expect(records).toEqual([])
    expect(said.lines).toEqual([expect.stringMatching(/^WAYBILL_INTERNAL: log record: .*mine/)])
    const choosy = ours([{ ...idle, enabled: hostile }], false)
    expect(choosy.logger.enabled()).toBe(true)
    expect(said.lines).toHaveLength(2)
  })

  test('attributes of a logger that cannot be read', () => {
    const { provider, records } = ours()
    provider.getLogger('l', '1', { attributes: trap }).emit({})
    expect(records[0]).toHaveProperty('instrumentationScope', { name: 'l', version: '1' })
  })
})

test('the active context, and what is handed to the processors of it', () => {
  const seen: unknown[] = []
  const { logger, records } = ours([{ ...idle, onEmit: (_, ctx) => seen.push(ctx) }])
  const [active, given] = [inSpan(SPAN), inSpan(OTHER)]
  context.with(active, () => {
    logger.emit({})
    // Upstream forgets the active one here.
    logger.emit({ context: undefined } as unknown as LogRecord)
    logger.emit({ context: given })
  })
  logger.emit({})
  expect(records.map(({ spanContext }) => spanContext)).toEqual([SPAN, SPAN, OTHER, undefined])
  expect(seen).toEqual([active, active, given, ROOT_CONTEXT])
})

describe.each([
  ['ours', LoggerProvider],
  ['upstream', Upstream],
] as const)('loggers: %s', (_, Provider) => {
  let warnings: jest.Mock
  beforeEach(() => {
    warnings = jest.fn()
    const logger = { error() {}, warn: warnings, info() {}, debug() {}, verbose() {} }
    diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  })
  afterEach(() => diag.disable())
  const provider = (processors: LogRecordProcessor[] = [idle]): Upstream =>
    new Provider({ resource: emptyResource(), processors }) as Upstream

  test('one for each name, version, schema URL and attributes', () => {
    const all = provider()
    const one = all.getLogger('l', '1', { schemaUrl: 's', attributes: { a: 1, b: ['c', null] } })
    expect(all.getLogger('l', '1', { schemaUrl: 's', attributes: { b: ['c', null], a: 1 } })).toBe(one)
    expect(all.getLogger('l')).toBe(all.getLogger('l', '', { attributes: {} }))
    const others = [
      all.getLogger('l', '1', { schemaUrl: 's' }),
      all.getLogger('l', '1'),
      all.getLogger('l'),
      all.getLogger('k'),
      ...[0, -0, Number.NaN, Infinity, '0', 'NaN', ['0'], [0], [Number.NaN]].map((a) =>
        all.getLogger('l', '', { attributes: { a } }),
      ),
      // A scope that something was dropped of is not the one without.
      all.getLogger('l', '', { attributes: { a: null } }),
    ]
    expect(new Set([one, ...others]).size).toBe(others.length + 1)
  })

  test('without a name: told of, and called unknown', () => {
    const records: ReadableLogRecord[] = []
    const all = provider([{ ...idle, onEmit: (record) => records.push(record) }])
    all.getLogger('').emit({})
    expect(warnings).toHaveBeenCalledTimes(1)
    expect(records[0]!.instrumentationScope.name).toBe('unknown')
  })

  test('enabled: as long as a processor may take it', () => {
    const asked: object[] = []
    const unless = (name: string): LogRecordProcessor => ({
      ...idle,
      enabled: (options) => asked.push(options) > 0 && options.eventName !== name,
    })
    const given = { context: inSpan(SPAN), severityNumber: SeverityNumber.INFO, eventName: 'b' }
    const some = provider([unless('a'), unless('b')]).getLogger('l')
    expect(['a', 'b'].map((eventName) => some.enabled({ ...given, eventName }))).toEqual([true, true])
    expect(asked[0]).toEqual({ ...given, eventName: 'a', instrumentationScope: { name: 'l' } })
    const emitted = jest.fn()
    const one = provider([{ ...unless('b'), onEmit: emitted }]).getLogger('l')
    expect([one.enabled(given), one.enabled()]).toEqual([false, true])
    one.emit(given)
    expect(emitted).not.toHaveBeenCalled()
    expect(
      provider([unless('b'), idle])
        .getLogger('l')
        .enabled(given),
    ).toBe(true)
    expect(provider([]).getLogger('l').enabled()).toBe(false)
  })

  test('flush: all processors, none for ever', async () => {
    const forceFlush = jest.fn(async () => {})
    await provider([{ ...idle, forceFlush }]).forceFlush()
    expect(forceFlush).toHaveBeenCalledTimes(1)
    const stuck = provider([{ ...idle, forceFlush: () => new Promise<void>(() => {}) }])
    await expect(stuck.forceFlush({ timeoutMillis: 5 })).rejects.toThrow('timed out')
  })

  test('shutdown: once, and nothing after it', async () => {
    const emitted = jest.fn()
    const shutdown = jest.fn(async () => {})
    const forceFlush = jest.fn(async () => {})
    const all = provider([{ onEmit: emitted, shutdown, forceFlush }])
    const logger = all.getLogger('l')
    const first = all.shutdown()
    logger.emit({ body: 'late' })
    expect(logger.enabled()).toBe(false)
    expect(all.getLogger('l')).toBe(createNoopLogger())
    await Promise.all([first, all.shutdown(), all.forceFlush()])
    expect(shutdown).toHaveBeenCalledTimes(1)
    expect([emitted, forceFlush].map(({ mock }) => mock.calls)).toEqual([[], []])
    expect(warnings).toHaveBeenCalledTimes(3)
  })
})

/** A provider whose records can be looked at. */
function ours(
  processors: LogRecordProcessor[] = [],
  look = true,
): { provider: LoggerProvider; logger: Logger; records: ReadableLogRecord[] } {
  const records: ReadableLogRecord[] = []
  const last: LogRecordProcessor[] = look ? [{ ...idle, onEmit: (record) => records.push(record) }] : []
  const provider = new LoggerProvider({ resource: emptyResource(), processors: [...processors, ...last] })
  return { provider, logger: provider.getLogger('l', '1'), records }
}
