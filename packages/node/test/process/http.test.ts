// HTTP over real connections, under the preload from source; what the app sees is compared with a run without it.
import { useHttpFixture, type Seen } from '../support/http-fixture.ts'
import { PRELOAD, run, to } from '../support/run.ts'

const ran = useHttpFixture('context.cjs')

// Each request has its span; `seen` are triples: what, the request it belongs to, whose context was active.
test('data, end, close, finish, error, aborted: each in the context of its own request', () => {
  const { seen } = ran.told as { seen: [string, string, string][] }
  const others = seen.filter(([, own, active]) => own !== active)
  // Over TLS, Node sends the second of two pipelined answers from within the end of the first.
  expect(others).toEqual([
    ['response finish', '/https/p2', '/https/p1'],
    ['response close', '/https/p2', '/https/p1'],
  ])
  const heard = new Set(seen.map(([what]) => what))
  const listeners = ['request data', 'request end', 'request close', 'request aborted', 'request error']
  const rest = ['response finish', 'response close', 'promise', 'nextTick', 'setImmediate', 'timer']
  expect([...heard].toSorted()).toEqual([...listeners, ...rest, 'upgrade', 'clientError'].toSorted())
})

test('200 requests at a time, and all before and after them on one connection, have a span each', () => {
  expect(ran.told).toMatchObject({ requests: 216, outside: 'none' })
  expect(ran.spans().filter(({ kind }) => kind === 2)).toHaveLength(216)
})

test("the app's own AsyncLocalStorage is as it was", () => {
  expect(ran.told['own']).toEqual(ran.bare['own'])
})

test('upstream’s own instrumentations are there on request', async () => {
  const code = `
    const http = require('node:http')
    const server = http.createServer((request, response) => response.end('ok'))
    server.listen(0, '127.0.0.1', async () => {
      await (await fetch('http://127.0.0.1:' + server.address().port)).text()
      server.close()
    })`
  const env = {
    ...to(ran.viewer),
    OTEL_SERVICE_NAME: 'otel',
    OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http-otel,undici-otel',
  }
  const ended = await run('--eval', { args: [code], env, flags: PRELOAD }).ended
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  expect(
    ran.viewer
      .spans({ service: 'otel' })
      .map(({ scope }) => scope)
      .toSorted(),
  ).toEqual(['@opentelemetry/instrumentation-http', '@opentelemetry/instrumentation-undici'])
})

test('without sampling: no span, but context, operation, propagation and durations', async () => {
  const code = `
    const http = require('node:http')
    const { trace } = require('@opentelemetry/api')
    const server = http.createServer((request, response) => {
      const { traceId, traceFlags } = trace.getActiveSpan().spanContext()
      const { traceparent, baggage } = request.headers
      console.log(JSON.stringify({ same: traceparent?.includes(traceId) ?? 'root', traceFlags, baggage }))
      if (request.url === '/end') return response.end('ok')
      http.get({ host: '127.0.0.1', port: server.address().port, path: '/end' }, (answer) => answer.resume().on('end', () => response.end('ok')))
    })
    server.listen(0, '127.0.0.1', async () => {
      await new Promise((resolve) => require('node:net').connect(server.address().port, '127.0.0.1').on('close', resolve).resume()
        .end('GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n'))
      server.closeAllConnections()
      server.close()
    })`
  const env = { ...to(ran.viewer), OTEL_SERVICE_NAME: 'off', OTEL_TRACES_SAMPLER: 'always_off' }
  const { stdout, stderr } = await run('--eval', { args: [code], env }).ended
  expect(stderr).toBe('')
  const [outer, inner] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Seen)
  expect(outer).toMatchObject({ same: 'root' })
  expect(inner).toMatchObject({ same: true, baggage: expect.stringMatching(/^operation_id=[0-9a-f]{8}$/) })
  expect((inner!['traceFlags'] as number) & 1).toBe(0)
  expect(ran.viewer.spans({ service: 'off' })).toEqual([])
  const names = ran.viewer.metrics({ service: 'off' }).map(({ name }) => name)
  expect(names).toEqual(
    expect.arrayContaining(['http.server.request.duration', 'http.client.request.duration']),
  )
})
