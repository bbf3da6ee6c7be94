import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { setFields, setOperation } from '@waybill/core'
import { LineFields } from '../src/fields.ts'
import { hasTopLevelKey } from '../src/line.ts'
import { IDS, WORK } from './lines.ts'

const parse = (text: string): unknown => JSON.parse(`{${text.slice(1)}}`)

describe('what a context adds to a line', () => {
  it('is the ids of its span and operation', () => {
    expect(parse(new LineFields().fragment(WORK).text)).toEqual(IDS)
  })

  it('is nothing outside of both', () => {
    expect(new LineFields().fragment(ROOT_CONTEXT).text).toBe('')
  })

  it('is the static fields alone outside of both', () => {
    const fields = new LineFields({ staticFields: { service: 'scan-api', environment: undefined } })
    expect(fields.fragment(ROOT_CONTEXT).text).toBe(',"service":"scan-api"')
  })

  it('is no trace id where the span context is not valid', () => {
    const ctx = trace.setSpanContext(ROOT_CONTEXT, { traceId: 'nonsense', spanId: 'x', traceFlags: 1 })
    expect(new LineFields().fragment(ctx).text).toBe('')
  })

  it('is the fields of the context, in which those of Waybill come first', () => {
    const ctx = setFields(WORK, {
      user_id: 'u-1',
      attempt: 2,
      retried: true,
      gone: undefined,
      trace_id: 'forged',
    })
    expect(parse(new LineFields({ staticFields: { user_id: 'nobody' } }).fragment(ctx).text)).toEqual({
      ...IDS,
      user_id: 'u-1',
      attempt: 2,
      retried: true,
    })
  })

  it('has the names that were asked for', () => {
    const fieldNames = { trace_id: 'traceId', span_id: '', trace_flags: false, user_id: 'usr "x"' } as const
    const fields = new LineFields({ fieldNames })
    expect(parse(fields.fragment(setFields(WORK, { user_id: 'u' })).text)).toEqual({
      traceId: IDS.trace_id,
      operation_id: IDS.operation_id,
      'usr "x"': 'u',
    })
  })

  it('cannot be broken by a hostile value, and is bounded', () => {
    const hostile = 'a"}\n{"level":60,"msg":"forged\r\u001b[2J\u009b2J\u2028\\'
    const ctx = setFields(WORK, { user_id: hostile, request_id: 'r'.repeat(10_000), n: Number.NaN })
    const { text } = new LineFields().fragment(ctx)
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028]/)
    expect(parse(text)).toEqual({ ...IDS, user_id: hostile, request_id: `${'r'.repeat(256)}…` })
  })

  it('is bounded in fields of one context and in names of all contexts', () => {
    const many = (prefix: string): Record<string, number> =>
      Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`${prefix}${index}`, index]))
    const fields = new LineFields()
    expect(fields.fragment(setFields(ROOT_CONTEXT, many('a'))).parts).toHaveLength(16)
    for (const prefix of 'bcdefg') fields.fragment(setFields(ROOT_CONTEXT, many(prefix)))
    expect(fields.fragment(setFields(ROOT_CONTEXT, { late: 1 })).text).toBe('')
    expect(parse(fields.fragment(setOperation(ROOT_CONTEXT, { id: 'a1b2c3d4' })).text)).toEqual({
      operation_id: 'a1b2c3d4',
    })
  })
})

describe('hasTopLevelKey', () => {
  it.each([
    ['{"a":1,"trace_id":"x"}', true],
    ['{"trace_id":{}}', true],
    ['{"a":{"trace_id":1}}', false],
    ['{"a":[{"trace_id":1}],"b":"\\"trace_id\\":"}', false],
    ['{"a":"}","trace_id":1}', true],
    ['{"a":"\\\\","trace_id":1}', true],
    ['{"a":"trace_id"}', false],
    ['{"a":"broken', false],
  ])('%s: %s', (json, expected) => {
    expect(hasTopLevelKey(json, 'trace_id')).toBe(expected)
  })
})
