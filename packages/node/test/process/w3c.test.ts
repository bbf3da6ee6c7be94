// W3C's conformance suite (w3c/trace-context, test/test.py, all 41 tests at STRICT_LEVEL=2 and SPEC_LEVEL=2), with
// the same names and requests: the harness posts to a service, under the preload from source, which calls back.
import {
  call,
  calls,
  continued,
  kept,
  NOT_SAMPLED,
  P,
  stateFor,
  T,
  traceIdFor,
  useHarness,
  type Sent,
} from '../support/w3c.ts'

useHarness()

describe('TraceContextTest', () => {
  test('test_both_traceparent_and_tracestate_missing', async () => {
    expect((await call()).traceId).toMatch(/^[0-9a-f]{32}$/)
  })

  test('test_traceparent_included_tracestate_missing', async () => {
    const { traceId, parentId } = await call(['traceparent', `00-${T}-${P}-01`])
    expect(traceId).toBe(T)
    expect(parentId).not.toBe(P)
  })

  test('test_traceparent_duplicated', async () => {
    const first = '12345678901234567890123456789011'
    const { traceId } = await call(['traceparent', `00-${first}-${P}-01`], ['traceparent', `00-${T}-${P}-01`])
    expect([first, T]).not.toContain(traceId)
  })

  test('test_traceparent_header_name', async () => {
    expect((await call(['trace-parent', `00-${T}-${P}-01`])).traceId).not.toBe(T)
    expect((await call(['trace.parent', `00-${T}-${P}-01`])).traceId).not.toBe(T)
  })

  test('test_traceparent_header_name_valid_casing', async () => {
    for (const name of ['TraceParent', 'TrAcEpArEnT', 'TRACEPARENT']) {
      expect((await call([name, `00-${T}-${P}-01`])).traceId).toBe(T)
    }
  })

  test('test_traceparent_version_0x00', async () => {
    expect(await continued(`00-${T}-${P}-01.`, `00-${T}-${P}-01-what-the-future-will-be-like`)).toEqual([])
  })

  test('test_traceparent_version_0xcc', async () => {
    expect(await continued(`cc-${T}-${P}-01`, `cc-${T}-${P}-01-what-the-future-will-be-like`)).toEqual([
      `cc-${T}-${P}-01`,
      `cc-${T}-${P}-01-what-the-future-will-be-like`,
    ])
    expect(await continued(`cc-${T}-${P}-01.what-the-future-will-be-like`)).toEqual([])
  })

  test('test_traceparent_version_0xff', async () => {
    expect(await continued(`ff-${T}-${P}-01`)).toEqual([])
  })

  test('test_traceparent_version_illegal_characters', async () => {
    expect(await continued(`.0-${T}-${P}-01`, `0.-${T}-${P}-01`)).toEqual([])
  })

  test('test_traceparent_version_too_long', async () => {
    expect(await continued(`000-${T}-${P}-01`, `0000-${T}-${P}-01`)).toEqual([])
  })

  test('test_traceparent_version_too_short', async () => {
    expect(await continued(`0-${T}-${P}-01`)).toEqual([])
  })

  test('test_traceparent_trace_id_all_zero', async () => {
    expect(await traceIdFor(`00-${'0'.repeat(32)}-${P}-01`)).not.toBe('0'.repeat(32))
  })

  test('test_traceparent_trace_id_illegal_characters', async () => {
    for (const id of [`.${T.slice(1)}`, `${T.slice(0, -1)}.`])
      expect(await traceIdFor(`00-${id}-${P}-01`)).not.toBe(id)
  })

  test('test_traceparent_trace_id_too_long', async () => {
    const id = await traceIdFor(`00-${T}3-${P}-01`)
    expect([T, `${T}3`, `${T.slice(1)}3`]).not.toContain(id)
  })

  test('test_traceparent_trace_id_too_short', async () => {
    expect(await traceIdFor(`00-${T.slice(0, -1)}-${P}-01`)).not.toBe(T.slice(0, -1))
  })

  test('test_traceparent_parent_id_all_zero', async () => {
    expect(await continued(`00-${T}-${'0'.repeat(16)}-01`)).toEqual([])
  })

  test('test_traceparent_parent_id_illegal_characters', async () => {
    expect(await continued(`00-${T}-.${P.slice(1)}-01`, `00-${T}-${P.slice(0, -1)}.-01`)).toEqual([])
  })

  test('test_traceparent_parent_id_too_long', async () => {
    expect(await continued(`00-${T}-${P}7-01`)).toEqual([])
  })

  test('test_traceparent_parent_id_too_short', async () => {
    expect(await continued(`00-${T}-${P.slice(0, -1)}-01`)).toEqual([])
  })

  test('test_traceparent_trace_flags_illegal_characters', async () => {
    expect(await continued(`00-${T}-${P}-.0`, `00-${T}-${P}-0.`)).toEqual([])
  })

  test('test_traceparent_trace_flags_too_long', async () => {
    expect(await continued(`00-${T}-${P}-001`)).toEqual([])
  })

  test('test_traceparent_trace_flags_too_short', async () => {
    expect(await continued(`00-${T}-${P}-1`)).toEqual([])
  })

  test('test_traceparent_ows_handling', async () => {
    const value = `00-${T}-${P}-01`
    expect(await continued(` ${value}`, `\t${value}`, `${value} `, `${value}\t`, `\t ${value} \t`)).toEqual([
      ` ${value}`,
      `\t${value}`,
      `${value} `,
      `${value}\t`,
      `\t ${value} \t`,
    ])
  })

  test('test_tracestate_included_traceparent_missing', async () => {
    const one = await call(['tracestate', 'foo=1'])
    const two = await call(['tracestate', 'foo=1,bar=2'])
    expect(one.state.size).toBe(two.state.size)
  })

  test('test_tracestate_included_traceparent_included', async () => {
    expect((await stateFor('foo=1,bar=2')).state).toEqual(
      new Map([
        ['foo', '1'],
        ['bar', '2'],
      ]),
    )
  })

  test('test_tracestate_header_name', async () => {
    for (const name of ['trace-state', 'trace.state'])
      expect((await call(NOT_SAMPLED, [name, 'foo=1'])).state.size).toBe(0)
  })

  test('test_tracestate_header_name_valid_casing', async () => {
    for (const name of ['TraceState', 'TrAcEsTaTe', 'TRACESTATE']) {
      expect((await call(NOT_SAMPLED, [name, 'foo=1'])).state.get('foo')).toBe('1')
    }
  })

  test('test_tracestate_empty_header', async () => {
    expect(await kept([''])).toEqual([])
    expect((await stateFor('foo=1', '')).tracestate).toBe('foo=1')
    expect((await stateFor('', 'foo=1')).tracestate).toBe('foo=1')
  })

  test('test_tracestate_multiple_headers_different_keys', async () => {
    expect((await stateFor('foo=1,bar=2', 'rojo=1,congo=2', 'baz=3')).tracestate).toBe(
      'foo=1,bar=2,rojo=1,congo=2,baz=3',
    )
  })

  test('test_tracestate_duplicated_keys', async () => {
    expect(await kept(['foo=1,foo=1'], ['foo=1,foo=2'], ['foo=1', 'foo=1'], ['foo=1', 'foo=2'])).toEqual([])
  })

  test('test_tracestate_all_allowed_characters', async () => {
    const range = (from: number, to: number): string =>
      String.fromCharCode(...Array.from({ length: to - from + 1 }, (_, i) => from + i))
    const key = `${range(0x61, 0x7a)}0123456789_-*/`
    const value = range(0x20, 0x2b) + range(0x2d, 0x3c) + range(0x3e, 0x7e)
    for (const one of [key, `${key}@a-z0-9_-*/`])
      expect((await stateFor(`${one}=${value}`)).state.get(one)).toBe(value)
  })

  test('test_tracestate_ows_handling', async () => {
    for (const list of ['foo=1 \t , \t bar=2, \t baz=3', 'foo=1\t \t,\t \tbar=2,\t \tbaz=3']) {
      expect((await stateFor(list)).tracestate).toBe('foo=1,bar=2,baz=3')
    }
    for (const list of [' foo=1', '\tfoo=1', 'foo=1 ', 'foo=1\t', '\t foo=1 \t']) {
      expect((await stateFor(list)).tracestate).toBe('foo=1')
    }
  })

  test('test_tracestate_key_illegal_characters', async () => {
    expect(await kept(['foo =1'], ['FOO=1'], ['foo.bar=1'])).toEqual([])
  })

  // Level 2: `@` is a character like any other, but not the first.
  test('test_tracestate_key_illegal_vendor_format', async () => {
    expect(await kept(['@foo=1,bar=2'])).toEqual([])
    for (const list of ['foo@=1,bar=2', 'foo@@bar=1,bar=2', 'foo@bar@baz=1,bar=2']) {
      expect((await stateFor(list)).tracestate).toBe(list)
    }
  })

  test('test_tracestate_member_count_limit', async () => {
    const members = Array.from({ length: 33 }, (_, i) => `bar${String(i + 1).padStart(2, '0')}=${i + 1}`)
    const split = (list: readonly string[]): string[] =>
      [list.slice(0, 10), list.slice(10, 20), list.slice(20, 30), list.slice(30)].map((part) =>
        part.join(','),
      )
    expect((await stateFor(...split(members.slice(0, 32)))).state.size).toBe(32)
    expect(await kept(split(members))).toEqual([])
  })

  test('test_tracestate_key_length_limit', async () => {
    for (const key of [
      'z'.repeat(256),
      `${'t'.repeat(241)}@${'v'.repeat(14)}`,
      `${'t'.repeat(242)}@v`,
      `t@${'v'.repeat(15)}`,
    ]) {
      expect((await stateFor('foo=1', `${key}=1`)).tracestate).toBe(`foo=1,${key}=1`)
    }
    expect(await kept(['foo=1', `${'z'.repeat(257)}=1`])).toEqual([])
  })

  test('test_tracestate_value_illegal_characters', async () => {
    expect(await kept(['foo=bar=baz'], ['foo=,bar=3'])).toEqual([])
  })
})

describe('AdvancedTest', () => {
  const ids = (all: readonly Sent[]) => ({
    traces: new Set(all.map(({ traceId }) => traceId)),
    parents: new Set(all.map(({ parentId }) => parentId)),
  })

  test('test_multiple_requests_with_valid_traceparent', async () => {
    const { traces, parents } = ids(await calls([['traceparent', `00-${T}-${P}-01`]], 3))
    expect([...traces]).toEqual([T])
    expect(parents.size).toBe(3)
  })

  test('test_multiple_requests_without_traceparent', async () => {
    expect(ids(await calls([], 3)).parents.size).toBe(3)
  })

  test('test_multiple_requests_with_illegal_traceparent', async () => {
    const { traces, parents } = ids(await calls([['traceparent', `00-${'0'.repeat(32)}-${P}-01`]], 3))
    expect(traces.has('0'.repeat(32))).toBe(false)
    expect(parents.size).toBe(3)
  })
})

describe('TraceContext2Test', () => {
  test('test_propagates_random_flag', async () => {
    const { traceId, parentId, flags } = await call(['traceparent', `00-${T}-${P}-02`])
    expect(traceId).toBe(T)
    expect(parentId).not.toBe(P)
    expect(flags & 0x02).toBe(0x02)
  })
})
