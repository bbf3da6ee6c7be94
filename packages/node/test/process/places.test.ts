// Where an app runs: bundles, AWS Lambda, clusters, forked children, under tools.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import { startViewer, type Viewer } from '@waybill/viewer'
import {
  AppFolder,
  BASE,
  type Ended,
  manifest,
  MYSQL,
  PRELOAD,
  query,
  REGISTER,
} from '../support/app-folder.ts'
import { run, to } from '../support/run.ts'

let viewer: Viewer
let app: AppFolder
beforeAll(async () => {
  viewer = await startViewer({ grpcPort: 0, httpPort: false })
  app = new AppFolder('places')
  app.write({
    'package.json': '{}',
    'node_modules/mysql/package.json': manifest('mysql'),
    'node_modules/mysql/index.js': MYSQL,
  })
})
afterAll(async () => {
  app.remove()
  await viewer.close()
})

const settings = (service: string): Record<string, string> => ({
  ...to(viewer),
  OTEL_SERVICE_NAME: service,
  OTEL_METRICS_EXPORTER: 'none',
  WAYBILL_EXIT_TIMEOUT: '30000',
})
const fine = { code: 0, stderr: '' }

/** Kind and name of the spans that arrive. */
async function spans(service: string, count: number): Promise<string[]> {
  return viewer.waitFor(
    () => {
      const found = viewer.spans({ service }).map(({ kind, name }) => `${kind} ${name}`)
      return found.length >= count && found.toSorted()
    },
    { what: `${count} spans of ${service}` },
  )
}

/** An HTTP server, and what is done when it listens. */
const listen = (then: string): string => `
  const server = http.createServer((request, response) => response.end('hello')).listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    ${then}
  })`
/** One that asks itself, and closes. */
const SERVE = listen(
  `http.get({ host: '127.0.0.1', port, agent: false }, (response) => response.resume().on('end', () => server.close()))`,
)

describe('process.getBuiltinModule', () => {
  const http = `const http = process.getBuiltinModule('http')`

  test('http: the first request that comes in is traced', async () => {
    const code = `${http}; ${listen(`
      // By hand: no client of HTTP is heard first.
      const socket = process.getBuiltinModule('net').connect(port, '127.0.0.1')
      socket.end('GET /first HTTP/1.1\\r\\nhost: a\\r\\nconnection: close\\r\\n\\r\\n')
      socket.resume().on('close', () => server.close())`)}`
    expect(await app.run([...PRELOAD, '-e', code], { env: settings('comes in') })).toMatchObject(fine)
    expect(await spans('comes in', 1)).toEqual(['2 GET'])
  }, 60_000)

  test('http: the first request that goes out is traced', async () => {
    const code = `${http}; ${SERVE}`
    expect(await app.run([...PRELOAD, '-e', code], { env: settings('goes out') })).toMatchObject(fine)
    //   GET (client)
    //     GET (server)
    expect(await spans('goes out', 2)).toEqual(['2 GET', '3 GET'])
  }, 60_000)

  test('node:net, where that is asked for', async () => {
    const code = `
      const net = process.getBuiltinModule('node:net')
      const server = net.createServer((socket) => socket.end()).listen(0, '127.0.0.1', () =>
        net.connect(server.address().port, '127.0.0.1').resume().on('close', () => server.close()))`
    const env = { ...settings('builtin net'), OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'net' }
    expect(await app.run([...PRELOAD, '-e', code], { env })).toMatchObject(fine)
    expect(await spans('builtin net', 1)).toEqual(['1 tcp.connect'])
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
      app.write({ [`${folder}/src/${file}`]: code, [`${folder}/runtime.cjs`]: runtime(load) })
      const env = {
        ...settings(`lambda ${kind}`),
        LAMBDA_TASK_ROOT: join(app.path, folder),
        _HANDLER: 'src/index.handler',
        FILE: `src/${file}`,
      }
      const result = await app.run([...PRELOAD, 'runtime.cjs'], { env, cwd: folder })
      expect(result).toEqual({ ...fine, stdout: 'o-1\n' })
      expect(await spans(`lambda ${kind}`, 1)).toEqual(['2 orders'])
    },
    60_000,
  )
})

describe('processes of an app', () => {
  test('cluster: each worker has telemetry of its own', async () => {
    app.write({
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
    expect(await app.run([...PRELOAD, 'cluster.cjs'], { env: settings('cluster') })).toMatchObject(fine)
    const pids = await viewer.waitFor(
      () => {
        const found = viewer.spans({ service: 'cluster' }).filter(({ kind }) => kind === 2)
        const processes = new Set(found.map(({ resource }) => resource['process.pid']))
        return processes.size >= 2 && processes
      },
      { what: 'server spans of two workers' },
    )
    expect(pids.size).toBe(2)
  }, 60_000)

  test('child_process.fork', async () => {
    app.write({
      'child.cjs': `const mysql = require('mysql'); ${query('child')}`,
      'parent.cjs': `const mysql = require('mysql'); ${query('parent')}; require('node:child_process').fork(require.resolve('./child.cjs'))`,
    })
    expect(await app.run([...PRELOAD, 'parent.cjs'], { env: settings('fork') })).toMatchObject(fine)
    expect((await spans('fork', 2)).length).toBe(2)
    const found = viewer.spans({ service: 'fork' })
    expect(new Set(found.map(({ attributes }) => attributes['db.query.text']))).toEqual(
      new Set(['child', 'parent']),
    )
    expect(new Set(found.map(({ resource }) => resource['process.pid'])).size).toBe(2)
  }, 60_000)
})

describe('bundles', () => {
  const bundle = async (name: string, contents: string, options: object = {}): Promise<void> => {
    await build({
      stdin: { contents, resolveDir: app.path },
      outfile: join(app.path, name),
      bundle: true,
      platform: 'node',
      ...options,
    })
  }
  const PAD = `globalThis.pad = '${'x'.repeat(100_000)}'`
  const register = JSON.stringify(REGISTER)

  test.each(['cjs', 'esm'] as const)(
    'one that starts Waybill first, kept out of it (%s): HTTP is traced, and the library inside is named',
    async (format) => {
      const contents = `import ${register}; import http from 'node:http'; import mysql from 'mysql'; ${PAD}
        ${SERVE}
        ${query('inside')}
        setTimeout(() => {}, 1500)`
      const file = `bundle.${format === 'cjs' ? 'cjs' : 'mjs'}`
      await bundle(file, contents, { format, external: [REGISTER] })
      const { code, stderr } = await app.run([...BASE, file], { env: settings(`bundle ${format}`) })
      expect(code).toBe(0)
      expect(stderr).toMatch(
        /^waybill: WAYBILL_BUNDLED: bundled into [^\n]*, so not traced: mysql\. Keep them out [^\n]*--external:mysql\)\.\n$/,
      )
      expect(await spans(`bundle ${format}`, 2)).toEqual(['2 GET', '3 GET'])
    },
    60_000,
  )

  test('one with the preload: what is kept out of it is traced', async () => {
    await bundle('external.cjs', `import mysql from 'mysql'; ${query('outside')}`, { packages: 'external' })
    expect(await app.run([...PRELOAD, 'external.cjs'], { env: settings('external') })).toMatchObject(fine)
    expect(await spans('external', 1)).toHaveLength(1)
  }, 60_000)

  test.each(['cjs', 'esm'] as const)(
    'one with Waybill in it: the app runs, and it is said (%s)',
    async (format) => {
      const file = `inside.${format === 'cjs' ? 'cjs' : 'mjs'}`
      // In the published form these are so.
      const define = { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' }
      await bundle(file, `import ${register}; console.log('runs')`, { format, define })
      const { code, stdout, stderr } = await app.run([file], { env: settings('inside') })
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'runs\n' })
      expect(stderr).toMatch(/^waybill: WAYBILL_BUNDLED: @waybill\/node is bundled into [^\n]*\.\n$/)
    },
    60_000,
  )
})

describe('under NODE_OPTIONS tools stay out', () => {
  const tsxProgram = createRequire(join(__dirname, '../../../../libraries/package.json')).resolve('tsx/cli')
  const NODE_OPTIONS = PRELOAD.join(' ')
  // What is not a tool says so at its start.
  const env = {
    NODE_OPTIONS,
    OTEL_LOG_LEVEL: 'debug',
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_METRICS_EXPORTER: 'none',
  }
  const LINE = 'this is a tool, not the app'
  const count = ({ stdout, stderr }: Ended): number => (stdout + stderr).split(LINE).length - 1

  test.each(['npm', 'npx'])(
    '%s',
    async (program) => {
      const result = await app.run(['--version'], { env, program })
      expect(result.code).toBe(0)
      expect(count(result)).toBe(1)
    },
    60_000,
  )

  test('node --check, the parent of node --test but not the test, tsx but not its app', async () => {
    app.write({
      'one.test.cjs': `require('node:test')('one', () => {})`,
      'a.cts': `const n: number = 1; require('mysql')`,
    })
    const [check, tests, inside, tsx] = await Promise.all([
      app.run(['--check', 'one.test.cjs'], { env }),
      app.run(['--test', 'one.test.cjs'], { env }),
      app.run(['--test', '--test-isolation=none', 'one.test.cjs'], { env }),
      app.run([tsxProgram, 'a.cts'], { env }),
    ])
    expect([check, tests, inside, tsx].map(({ code }) => code)).toEqual([0, 0, 0, 0])
    expect([check, tests, inside, tsx].map(count)).toEqual([1, 1, 0, 1])
  }, 60_000)

  test.each([
    ['node --watch', []],
    ['tsx watch', [tsxProgram, 'watch']],
  ])(
    '%s starts the app anew, and ends on SIGTERM as it does without us',
    async (name, flags) => {
      const file = join(app.path, `${name.replace(' ', '-')}.cjs`)
      const write = (text: string): void =>
        writeFileSync(
          file,
          `require('mysql').createConnection({}).query('${text}', () => console.log('${text}'))`,
        )
      write('one')
      const watching = run(flags.length > 0 ? '--no-warnings' : '--watch', {
        flags,
        args: [file],
        env: { ...settings(name), NODE_OPTIONS },
      })
      await watching.printed('one')
      write('two')
      await watching.printed('two')
      watching.child.kill('SIGTERM')
      expect(await watching.ended).toMatchObject({ code: 0, signal: null, stderr: '' })
      // A span from each start, and none of the program that watches.
      expect(await spans(name, 2)).toHaveLength(2)
    },
    60_000,
  )
})
