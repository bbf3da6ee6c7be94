import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import fs from 'node:fs'
import { context } from '@opentelemetry/api'
import { setFields } from '@waybill/core'
import { correlate } from '../src/correlate.ts'
import { PinoInstrumentation } from '../src/instrument.ts'
import { IDS, keysAsWritten, Lines, useContexts, WORK } from './lines.ts'
import { bare, both, freshPino, pino, useCopies, type PinoModule } from './copies.ts'

useContexts()
useCopies()

const appGiven: Record<string, (make: PinoModule, out: Lines) => void> = {
  'the merge object': (make, out) => make({}, out).info({ trace_id: 'app' }, 'x'),
  bindings: (make, out) =>
    make({}, out)
      .child({ trace_id: 'app', a: { span_id: 1 } })
      .info('x'),
  base: (make, out) => make({ base: { trace_id: 'app' } }, out).info('x'),
  'a mixin': (make, out) => make({ mixin: () => ({ trace_id: 'app' }) }, out).info('x'),
  'a log formatter': (make, out) => make({ formatters: { log: () => ({ trace_id: 'app' }) } }, out).info('x'),
  'a level formatter': (make, out) =>
    make({ formatters: { level: (level) => ({ level, trace_id: 'app' }) } }, out).info('x'),
  'the time': (make, out) => make({ timestamp: () => ',"time":1,"trace_id":"app"' }, out).info('x'),
  'the message key': (make, out) => make({ messageKey: 'trace_id' }, out).info('app'),
  'a getter': (make, out) =>
    make({}, out).info(
      {
        get trace_id() {
          return 'app'
        },
      },
      'x',
    ),
  'redacted bindings': (make, out) =>
    make({ redact: { paths: ['trace_id'], censor: 'app' } }, out)
      .child({ trace_id: 'x' })
      .info('x'),
}

describe('a key that the app gives wins and is there once', () => {
  it.each(Object.entries(appGiven))('in %s', (_, write) => {
    const [, [line]] = both(write)
    const { trace_id: _id, ...others } = IDS
    expect(JSON.parse(line!)).toMatchObject({ trace_id: 'app', ...others })
    expect(keysAsWritten(line!).filter((key) => key === 'trace_id')).toHaveLength(1)
  })

  it('for any field of the context, new ones too', () => {
    const out = new Lines()
    const logger = pino({}, out)
    logger.info('the names are not known yet')
    context.with(setFields(WORK, { msg: 'm', level: 1, time: 2, pid: 3, shop: 's', user_id: 'u' }), () =>
      logger.child({ shop: 'app' }).info({ user_id: 'app' }, 'x'),
    )
    const keys = keysAsWritten(out.last)
    expect(new Set(keys).size).toBe(keys.length)
    expect(out.json).toMatchObject({
      ...IDS,
      msg: 'x',
      level: 30,
      shop: 'app',
      user_id: 'app',
      pid: process.pid,
    })
  })

  it('for a field that becomes known after the logger has written', () => {
    const out = new Lines()
    const logger = pino({ base: { depot: 'app' } }, out)
    for (const ctx of [WORK, setFields(WORK, { depot: 'd' })]) context.with(ctx, () => logger.info('x'))
    expect(keysAsWritten(out.last).filter((key) => key === 'depot')).toHaveLength(1)
    expect(out.json).toMatchObject({ depot: 'app', ...IDS })
  })

  it('calls a getter of the app as often as bare pino does', () => {
    let calls = 0
    const object = {
      get trace_id() {
        return String(++calls)
      },
    }
    context.with(WORK, () => pino({}, new Lines()).info(object))
    expect(calls).toBe(1)
  })
})

describe('what the app can see of pino', () => {
  it('a patch is done once', () => {
    const asJson = (): unknown => (pino({}, new Lines()) as never)[pino.symbols.asJsonSym]
    const before = asJson()
    correlate(pino({}, new Lines()))
    expect(asJson()).toBe(before)
    expect(before).toHaveProperty('name', 'asJson')
    expect(before).toHaveLength(4)
  })

  it('an object without members stays one', () => {
    const out = new Lines()
    const options = { base: null, timestamp: false, formatters: { level: () => ({}) } }
    context.with(WORK, () => pino(options, out).info({}))
    expect(out.last).toBe('{}\n')
  })

  it('a logger made before the patch has the fields too', () => {
    const late = freshPino()
    const out = new Lines()
    const before = late({}, out).child({ a: 1 })
    correlate(late({}, new Lines()))
    context.with(WORK, () => before.info('x'))
    expect(out.json).toMatchObject({ a: 1, ...IDS })
  })

  it('what a serializer throws comes out as it is, and is thrown once', () => {
    let calls = 0
    const error = new Error('from the app')
    const serializers = {
      a: () => {
        calls++
        throw error
      },
    }
    expect(() => context.with(WORK, () => pino({ serializers }, new Lines()).info({ a: 1 }))).toThrow(error)
    expect(calls).toBe(1)
  })

  it('subscribers of the asJson channel get the arguments and the line of bare pino', () => {
    const heard: unknown[] = []
    const listen = (event: unknown): void => {
      const { instance, arguments: args, result } = event as Record<string, never>
      heard.push(instance, Array.from(args ?? []), result)
    }
    const out = new Lines()
    const logger = pino({ base: null }, out)
    subscribe('tracing:pino_asJson:end', listen)
    context.with(WORK, () => logger.info('x'))
    unsubscribe('tracing:pino_asJson:end', listen)
    const time = ',"time":1763690400000'
    expect(heard).toEqual([logger, [{}, 'x', 30, time], `{"level":30${time},"msg":"x"}\n`])
    expect(heard[0]).toBe(logger)
    expect(out.json).toMatchObject(IDS)
  })

  it('destination, mixin and the logger own nothing new', () => {
    const out = new Lines()
    const names = (logger: object): unknown[] => Reflect.ownKeys(logger).map(String)
    const logger = pino({}, out)
    context.with(WORK, () => logger.info('x'))
    expect(names(logger)).toEqual(names(bare({}, out)))
    expect((logger as unknown as Record<symbol, unknown>)[pino.symbols.streamSym]).toBe(out)
    expect((logger as unknown as Record<symbol, unknown>)[pino.symbols.mixinSym]).toBeUndefined()
  })

  it('a serializer may log itself', () => {
    const out = new Lines()
    const inner = pino({}, out)
    const outer = pino(
      {
        serializers: {
          a: () => {
            inner.info('inner')
            return 1
          },
        },
      },
      out,
    )
    context.with(WORK, () => outer.info({ a: 0 }, 'outer'))
    expect(out.all.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { msg: 'inner', ...IDS },
      { msg: 'outer', a: 1, ...IDS },
    ])
  })
})

it('correlate() of what is no logger says so and gives it back', () => {
  const written = jest.spyOn(fs, 'writeSync').mockReturnValue(0)
  const other = {}
  expect(correlate(other)).toBe(other)
  expect(written.mock.calls.map(([, text]) => text)).toEqual([
    expect.stringMatching(/WAYBILL_INTEGRATION_FAILED/),
  ])
})

describe('PinoInstrumentation', () => {
  const patched = (instrumentation: PinoInstrumentation): PinoModule => {
    const [definition] = instrumentation.getModuleDefinitions()
    const make = freshPino()
    expect(definition!.patch!(make)).toBe(make)
    return make
  }

  it('correlates a required pino, with the configured names and static fields', () => {
    const out = new Lines()
    const instrumentation = new PinoInstrumentation({
      fieldNames: { trace_id: 'traceId', trace_flags: false },
      staticFields: { service: 'scan-api', environment: 'test' },
    })
    const logger = patched(instrumentation)({ base: { service: 'mine' } }, out)
    context.with(WORK, () => logger.info('x'))
    expect(out.json).toMatchObject({ traceId: IDS.trace_id, service: 'mine', environment: 'test' })
    expect(out.json).not.toHaveProperty('trace_flags')
  })

  it('correlates an imported pino', () => {
    const [definition] = new PinoInstrumentation().getModuleDefinitions()
    const make = freshPino()
    const namespace = { default: make, pino: make, [Symbol.toStringTag]: 'Module' }
    expect(definition!.patch!(namespace)).toBe(namespace)
    const out = new Lines()
    context.with(WORK, () => make({}, out).info('x'))
    expect(out.json).toMatchObject(IDS)
  })

  it('takes another configuration at any time', () => {
    const out = new Lines()
    const instrumentation = new PinoInstrumentation()
    const logger = patched(instrumentation)({}, out)
    instrumentation.setConfig({ fieldNames: { trace_id: 'dd.trace_id' } })
    context.with(WORK, () => logger.info('x'))
    expect(out.json).toMatchObject({ 'dd.trace_id': IDS.trace_id })
  })

  it('leaves lines alone when disabled, and starts again', () => {
    const out = new Lines()
    const instrumentation = new PinoInstrumentation()
    const logger = patched(instrumentation)({}, out)
    instrumentation.disable()
    context.with(WORK, () => logger.info('x'))
    expect(out.json).not.toHaveProperty('trace_id')
    instrumentation.enable()
    context.with(WORK, () => logger.info('x'))
    expect(out.json).toMatchObject(IDS)
  })
})
