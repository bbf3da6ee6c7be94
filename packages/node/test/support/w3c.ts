import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { run, type Running } from './run.ts'

//   harness ── POST ──► service ─┬─ GET ──► harness: which traceparent, which tracestate?
//                                └─ … one for each callback

export type Header = readonly [name: string, value: string]

export interface Sent {
  readonly traceId: string
  readonly parentId: string
  readonly flags: number
  readonly state: ReadonlyMap<string, string>
  readonly tracestate: string
}

/** A trace id, a span id. */
export const T = '12345678901234567890123456789012'
export const P = '1234567890123456'
export const NOT_SAMPLED: Header = ['traceparent', `00-${T}-${P}-00`]

const heard: IncomingHttpHeaders[] = []
let callback: string
let port: number

/** Starts both, for the tests of a file. */
export function useHarness(): void {
  let harness: Server
  let service: Running
  beforeAll(async () => {
    harness = createServer((incoming, response) => {
      heard.push(incoming.headers)
      response.end()
    })
    await new Promise<void>((resolve) => harness.listen(0, '127.0.0.1', resolve))
    callback = `http://127.0.0.1:${(harness.address() as AddressInfo).port}/callback`
    service = run('entry.mjs', { env: { OTEL_METRICS_EXPORTER: 'none', OTEL_TRACES_EXPORTER: 'console' } })
    port = Number(/listening on (\d+)/.exec(await service.printed('listening on'))![1])
  }, 30_000)
  afterAll(async () => {
    service.child.kill('SIGKILL')
    await service.ended
    await new Promise((resolve) => harness.close(resolve))
  })
}

/** What the service sends on, when it is asked to call back `count` times. */
export async function calls(headers: readonly Header[], count: number): Promise<Sent[]> {
  heard.length = 0
  const body = JSON.stringify(Array.from({ length: count }, () => ({ url: callback, arguments: [] })))
  const length = String(Buffer.byteLength(body))
  await new Promise<void>((resolve, reject) => {
    const raw = ['host', 'x', 'content-length', length, 'connection', 'close', ...headers.flat()]
    const options = { port, method: 'POST', path: '/callbacks', headers: raw as never, agent: false }
    const posted = request(options, (response) => {
      response.resume()
      response.on('end', resolve)
    })
    posted.on('error', reject).end(body)
  })
  expect(heard).toHaveLength(count)
  return heard.map(read)
}

function read({ traceparent, tracestate: given }: IncomingHttpHeaders): Sent {
  const tracestate = String(given ?? '')
  const match = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(String(traceparent))!
  const members = tracestate === '' ? [] : tracestate.split(',')
  const pairs = members.map(
    (member) => [member.slice(0, member.indexOf('=')), member.slice(member.indexOf('=') + 1)] as const,
  )
  return {
    traceId: match[1]!,
    parentId: match[2]!,
    flags: Number.parseInt(match[3]!, 16),
    state: new Map(pairs),
    tracestate,
  }
}

export const call = async (...headers: readonly Header[]): Promise<Sent> => (await calls(headers, 1))[0]!
export const traceIdFor = async (traceparent: string): Promise<string> =>
  (await call(['traceparent', traceparent])).traceId
/** The tracestate that goes on when these come in. */
export const stateFor = async (...tracestates: readonly string[]): Promise<Sent> => {
  const result = await call(NOT_SAMPLED, ...tracestates.map((value): Header => ['tracestate', value]))
  expect(result.traceId).toBe(T)
  return result
}

/** Those of `traceparents` whose trace is continued. */
export async function continued(...traceparents: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const traceparent of traceparents) if ((await traceIdFor(traceparent)) === T) found.push(traceparent)
  return found
}

/** Those of `lists` of which anything goes on. */
export async function kept(...lists: readonly (readonly string[])[]): Promise<(readonly string[])[]> {
  const found: (readonly string[])[] = []
  for (const list of lists) if ((await stateFor(...list)).tracestate !== '') found.push(list)
  return found
}
