import { join } from 'node:path'
import { startViewer } from '@waybill/viewer'
import { run } from '../support/run.ts'

const EXAMPLE = '../../../../../examples/config-file'

// One request of a trace that is kept, as the file has it:
//
//   POST [http.request.header.x-tenant]
//   └─ listener orders
//      └─ condition is large            no `action tell the warehouse`
//
test('examples/config-file: health checks dropped, errors kept, a tenth of the rest, one header, no actions', async () => {
  const viewer = await startViewer({ grpcPort: 0, httpPort: 0 })
  const app = run(join(EXAMPLE, 'app.mjs'), {
    env: {
      OTEL_SERVICE_NAME: '',
      OTEL_CONFIG_FILE: join(__dirname, '../../../../examples/config-file/waybill.yaml'),
      COLLECTOR: viewer.httpUrl,
    },
  })
  try {
    const [, port] = /listening on (\d+)/.exec(await app.printed('listening on'))!
    const request = async (path: string, method = 'POST'): Promise<number> => {
      const headers = { 'x-tenant': 'north', 'x-other': 'hidden' }
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers })
      await response.text()
      return response.status
    }
    for (let index = 0; index < 200; index++) {
      expect(await request('/orders?amount=200')).toBe(200)
      expect(await request('/healthz', 'GET')).toBe(200)
    }
    for (let index = 0; index < 10; index++) expect(await request('/orders')).toBe(500)
    app.child.kill('SIGTERM')
    const { stderr } = await app.ended
    expect(stderr).toBe('')

    const spans = viewer.spans({ service: 'orders' })
    const servers = spans.filter(({ kind }) => kind === 2)
    const failed = servers.filter(({ attributes }) => attributes['http.response.status_code'] === 500)
    expect(servers.filter(({ attributes }) => attributes['url.path'] === '/healthz')).toEqual([])
    expect(failed).toHaveLength(10)
    // 200 in which each has a chance of a tenth: outside of this once in a million runs.
    const taken = servers.length - failed.length
    expect(taken).toBeGreaterThan(2)
    expect(taken).toBeLessThan(45)
    for (const { attributes } of servers) {
      expect(attributes['http.request.header.x-tenant']).toEqual(['north'])
      expect(attributes).not.toHaveProperty(['http.request.header.x-other'])
    }
    const names = new Map<string, number>()
    for (const { name, kind } of spans) if (kind !== 2) names.set(name, (names.get(name) ?? 0) + 1)
    expect(Object.fromEntries(names)).toEqual({ 'listener orders': taken, 'condition is large': taken })
  } finally {
    app.child.kill('SIGKILL')
    await app.ended
    await viewer.close()
  }
}, 30_000)
