// Where an app runs: AWS Lambda, clusters, forked children.
import { join } from 'node:path'
import { PRELOAD, query } from '../support/app-folder.ts'
import { fine, listen, SERVE, usePlace } from '../support/places.ts'

const place = usePlace('places')

describe('process.getBuiltinModule', () => {
  const http = `const http = process.getBuiltinModule('http')`

  test('http: the first request that comes in is traced', async () => {
    const code = `${http}; ${listen(`
      // By hand: no client of HTTP is heard first.
      const socket = process.getBuiltinModule('net').connect(port, '127.0.0.1')
      socket.end('GET /first HTTP/1.1\\r\\nhost: a\\r\\nconnection: close\\r\\n\\r\\n')
      socket.resume().on('close', () => server.close())`)}`
    expect(await place.app.run([...PRELOAD, '-e', code], { env: place.settings('comes in') })).toMatchObject(
      fine,
    )
    expect(await place.spans('comes in', 1)).toEqual(['2 GET'])
  }, 60_000)

  test('http: the first request that goes out is traced', async () => {
    const code = `${http}; ${SERVE}`
    expect(await place.app.run([...PRELOAD, '-e', code], { env: place.settings('goes out') })).toMatchObject(
      fine,
    )
    //   GET (client)
    //     GET (server)
    expect(await place.spans('goes out', 2)).toEqual(['2 GET', '3 GET'])
  }, 60_000)

  test('node:net, where that is asked for', async () => {
    const code = `
      const net = process.getBuiltinModule('node:net')
      const server = net.createServer((socket) => socket.end()).listen(0, '127.0.0.1', () =>
        net.connect(server.address().port, '127.0.0.1').resume().on('close', () => server.close()))`
    const env = { ...place.settings('builtin net'), OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'net' }
    expect(await place.app.run([...PRELOAD, '-e', code], { env })).toMatchObject(fine)
    expect(await place.spans('builtin net', 1)).toEqual(['1 tcp.connect'])
  }, 60_000)
})

describe('AWS Lambda', () => {
  // What its runtime does: HTTP first, then the handler.
  const runtime = (load: string): string => `
    require('node:http')
    const path = require('node:path').resolve(process.env.LAMBDA_TASK_ROOT, process.env.FILE)
    const context = { functionName: 'orders', awsRequestId: 'r', invokedFunctionArn: 'arn:aws:lambda:eu-central-1:0:function:orders' }
    ;(async () => { const { handler } = ${load}; console.log(await handler({ id: 'o-1' }, context)) })()`
  test.each([
    ['CommonJS', 'index.js', `exports.handler = async ({ id }) => id`, `require(path)`],
    [
      'ES module',
      'index.mjs',
      `export const handler = async ({ id }) => id`,
      `await import('file://' + path)`,
    ],
  ])(
    'a handler as %s',
    async (kind, file, code, load) => {
      const folder = `lambda-${file}`
      place.app.write({ [`${folder}/src/${file}`]: code, [`${folder}/runtime.cjs`]: runtime(load) })
      const env = {
        ...place.settings(`lambda ${kind}`),
        LAMBDA_TASK_ROOT: join(place.app.path, folder),
        _HANDLER: 'src/index.handler',
        FILE: `src/${file}`,
      }
      const result = await place.app.run([...PRELOAD, 'runtime.cjs'], { env, cwd: folder })
      expect(result).toEqual({ ...fine, stdout: 'o-1\n' })
      expect(await place.spans(`lambda ${kind}`, 1)).toEqual(['2 orders'])
    },
    60_000,
  )
})

describe('processes of an app', () => {
  test('cluster: each worker has telemetry of its own', async () => {
    place.app.write({
      'cluster.cjs': `
        const cluster = require('node:cluster')
        const http = require('node:http')
        if (cluster.isPrimary) {
          cluster.schedulingPolicy = cluster.SCHED_RR
          const answered = new Set()
          const ask = () => {
            // A connection each: workers take turns.
            http.get({ port, host: '127.0.0.1', agent: false }, (response) => {
              response.setEncoding('utf8').on('data', (pid) => answered.add(pid)).on('end', () =>
                answered.size < 2 ? ask() : cluster.disconnect())
            })
          }
          let port
          let listening = 0
          cluster.on('listening', (worker, address) => { port = address.port; if (++listening === 2) ask() })
          cluster.fork(); cluster.fork()
        } else http.createServer((request, response) => response.end(String(process.pid))).listen(0, '127.0.0.1')`,
    })
    expect(
      await place.app.run([...PRELOAD, 'cluster.cjs'], { env: place.settings('cluster') }),
    ).toMatchObject(fine)
    const pids = await place.viewer.waitFor(
      () => {
        const found = place.viewer.spans({ service: 'cluster' }).filter(({ kind }) => kind === 2)
        const processes = new Set(found.map(({ resource }) => resource['process.pid']))
        return processes.size >= 2 && processes
      },
      { what: 'server spans of two workers' },
    )
    expect(pids.size).toBe(2)
  }, 60_000)

  test('child_process.fork', async () => {
    place.app.write({
      'child.cjs': `const mysql = require('mysql'); ${query('child')}`,
      'parent.cjs': `const mysql = require('mysql'); ${query('parent')}; require('node:child_process').fork(require.resolve('./child.cjs'))`,
    })
    expect(await place.app.run([...PRELOAD, 'parent.cjs'], { env: place.settings('fork') })).toMatchObject(
      fine,
    )
    expect((await place.spans('fork', 2)).length).toBe(2)
    const found = place.viewer.spans({ service: 'fork' })
    expect(new Set(found.map(({ attributes }) => attributes['db.query.text']))).toEqual(
      new Set(['child', 'parent']),
    )
    expect(new Set(found.map(({ resource }) => resource['process.pid'])).size).toBe(2)
  }, 60_000)
})
