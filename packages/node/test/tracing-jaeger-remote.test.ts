import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import fs from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { context, SamplingDecision } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { isTracingSuppressed } from '@opentelemetry/core'
import { AlwaysOffSampler, AlwaysOnSampler } from '@opentelemetry/sdk-trace'
import fc from 'fast-check'
import { JaegerRemoteSampler } from '../src/tracing/samplers/jaeger-remote.ts'
import { strategySampler } from '../src/tracing/samplers/jaeger-strategy.ts'
import { until } from './support/collector.ts'
import { ask, traceIds } from './support/sampling.ts'

const { NOT_RECORD, RECORD_AND_SAMPLED } = SamplingDecision
const ids = traceIds(4000, 11)
const share = (sampler: Parameters<typeof ask>[0], question = {}): number =>
  ids.filter((traceId) => ask(sampler, { ...question, traceId }).decision === RECORD_AND_SAMPLED).length /
  ids.length

let server: Server
let answer: { status: number; body: string }
let asked: string[]
let sampler: JaegerRemoteSampler | undefined

beforeEach(async () => {
  asked = []
  server = createServer((request, response) => {
    asked.push(request.url!)
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(async () => {
  sampler?.shutdown()
  sampler = undefined
  await new Promise((resolve) => server.close(resolve))
})

const endpoint = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/sampling?x=1`

test('a ratio from the endpoint replaces the initial sampler, and a new one replaces that', async () => {
  answer = {
    status: 200,
    body: '{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":0}}',
  }
  sampler = new JaegerRemoteSampler(endpoint(), 'scan api', new AlwaysOnSampler(), 20)
  expect(ask(sampler).decision).toBe(RECORD_AND_SAMPLED)
  await until('its answer counts', () => ask(sampler!).decision === NOT_RECORD)
  expect(asked[0]).toBe('/sampling?x=1&service=scan+api')
  answer = { status: 200, body: '{"strategyType":0,"probabilisticSampling":{"samplingRate":1}}' }
  await until('its new answer counts', () => ask(sampler!).decision === RECORD_AND_SAMPLED)
})

test('an endpoint that fails is said once; what was in use stays', async () => {
  const write = jest.spyOn(fs, 'writeSync').mockReturnValue(0)
  const lines = (): string[] =>
    write.mock.calls.map(([, text]) => String(text)).filter((line) => line.includes('WAYBILL_SAMPLER_FAILED'))
  try {
    answer = { status: 503, body: '' }
    sampler = new JaegerRemoteSampler(endpoint(), 'a', new AlwaysOffSampler(), 10)
    await until('it is asked again', () => asked.length > 2)
    answer = { status: 200, body: '<html>' }
    const before = asked.length
    await until('it is asked once more', () => asked.length > before + 2)
    expect(ask(sampler).decision).toBe(NOT_RECORD)
    expect(lines()).toHaveLength(1)
    expect(lines()[0]).toContain('HTTP status 503')
    expect(lines()[0]).toContain('AlwaysOffSampler')
  } finally {
    write.mockRestore()
  }
})

test('an endpoint nobody listens on does no harm', async () => {
  const write = jest.spyOn(fs, 'writeSync').mockReturnValue(0)
  try {
    sampler = new JaegerRemoteSampler('http://127.0.0.1:1/sampling', 'a', new AlwaysOnSampler(), 1000)
    await until('the failure is said', () =>
      write.mock.calls.some(([, text]) => String(text).includes('ECONNREFUSED')),
    )
    expect(ask(sampler).decision).toBe(RECORD_AND_SAMPLED)
  } finally {
    write.mockRestore()
  }
})

test('polling is not traced', async () => {
  const manager = new AsyncLocalStorageContextManager().enable()
  context.setGlobalContextManager(manager)
  const suppressed: boolean[] = []
  const onStart = (): void => void suppressed.push(isTracingSuppressed(context.active()))
  subscribe('http.client.request.start', onStart)
  try {
    answer = { status: 200, body: '{"probabilisticSampling":{"samplingRate":0}}' }
    sampler = new JaegerRemoteSampler(endpoint(), 'a', new AlwaysOnSampler(), 10)
    await until('two requests', () => suppressed.length > 1)
    expect(suppressed).not.toContain(false)
  } finally {
    unsubscribe('http.client.request.start', onStart)
    context.disable()
  }
})

describe('strategies', () => {
  test('a rate', () => {
    const one = strategySampler({
      strategyType: 'RATE_LIMITING',
      rateLimitingSampling: { maxTracesPerSecond: 3 },
    })
    expect(
      Array.from({ length: 50 }, () => ask(one).decision).filter((d) => d === RECORD_AND_SAMPLED),
    ).toHaveLength(3)
  })

  test('per operation: a ratio each, and at least so many a second', () => {
    const one = strategySampler({
      strategyType: 'PROBABILISTIC',
      operationSampling: {
        defaultSamplingProbability: 0.5,
        defaultLowerBoundTracesPerSecond: 2,
        perOperationStrategies: [
          { operation: 'GET /all', probabilisticSampling: { samplingRate: 1 } },
          { operation: 'GET /few', probabilisticSampling: { samplingRate: 0 } },
        ],
      },
    })
    expect(share(one, { name: 'GET /all' })).toBe(1)
    expect(share(one, { name: 'GET /other' })).toBeCloseTo(0.5, 1)
    expect(share(one, { name: 'GET /few' }) * ids.length).toBe(2)
  })

  test('what is not understood is said by its part', () => {
    expect(() => strategySampler(null)).toThrow('the answer')
    expect(() => strategySampler({})).toThrow('probabilisticSampling')
    expect(() => strategySampler({ probabilisticSampling: { samplingRate: 7 } })).toThrow('samplingRate')
    expect(() =>
      strategySampler({ strategyType: 1, rateLimitingSampling: { maxTracesPerSecond: 'x' } }),
    ).toThrow('maxTracesPerSecond')
  })

  test('any answer gives a sampler or an error, nothing else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(outcome(value)).toMatch(/^(?:a sampler|.* is no object|.* is not from .*)$/)
      }),
      { seed: 5, numRuns: 300 },
    )
  })
})

function outcome(answered: unknown): string {
  try {
    ask(strategySampler(answered))
    return 'a sampler'
  } catch (error) {
    return (error as Error).message
  }
}
