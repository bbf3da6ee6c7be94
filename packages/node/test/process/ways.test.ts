// Every way in which an app can start, and come to its first traced library.
import { startViewer, type Viewer } from '@waybill/viewer'
import { AppFolder, ES_MYSQL, manifest, MYSQL, PRELOAD, type Ended } from '../support/app-folder.ts'
import { lanes } from '../support/lanes.ts'
import { to } from '../support/run.ts'
import { LOADS } from '../support/ways/loads.ts'
import { STARTS } from '../support/ways/starts.ts'
import type { Way } from '../support/ways/way.ts'

const WAYS: Readonly<Record<string, Way>> = { ...STARTS, ...LOADS }

let viewer: Viewer
let app: AppFolder
let results: Map<string, Promise<Ended>>
beforeAll(async () => {
  viewer = await startViewer({ grpcPort: 0, httpPort: false })
  app = new AppFolder('ways')
  app.write({
    'package.json': JSON.stringify({ imports: { '#db': 'mysql' } }),
    'node_modules/mysql/package.json': manifest('mysql'),
    'node_modules/mysql/index.js': MYSQL,
    'es/node_modules/mysql/package.json': manifest('mysql', { type: 'module' }),
    'es/node_modules/mysql/index.js': ES_MYSQL,
    'typed/package.json': '{ "type": "module" }',
    'deep/node_modules/inner/package.json': manifest('inner'),
    'deep/node_modules/inner/index.js': `exports.mysql = require('mysql')`,
    'deep/node_modules/inner/node_modules/mysql/package.json': manifest('mysql', { version: '2.15.0' }),
    'deep/node_modules/inner/node_modules/mysql/index.js': MYSQL,
  })
  // As pnpm lays it out.
  app.write({
    'store/mysql@2/node_modules/mysql/package.json': manifest('mysql'),
    'store/mysql@2/node_modules/mysql/index.js': MYSQL,
  })
  app.link('linked/node_modules/mysql', 'store/mysql@2/node_modules/mysql')
  results = lanes(Object.keys(WAYS), 3, start)
})
afterAll(async () => {
  await Promise.allSettled(results.values())
  app.remove()
  await viewer.close()
})

/** The queries that arrive, sorted. */
async function queries(service: string, count: number): Promise<string[]> {
  return viewer.waitFor(
    () => {
      const texts = viewer.spans({ service }).map(({ attributes }) => attributes['db.query.text'] as string)
      return texts.length >= count && texts.toSorted((a, b) => a.localeCompare(b))
    },
    { what: `${count} queries of ${service}` },
  )
}

test.each(Object.keys(WAYS))(
  '%s',
  async (name) => {
    const { queries: expected = ['q'] } = WAYS[name]!
    const { code, stderr } = await results.get(name)!
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(await queries(name, expected.length)).toEqual(expected)
  },
  60_000,
)

async function start(name: string): Promise<Ended> {
  const { in: place = '.', files = {}, args, stdin = '', env = {}, flags = PRELOAD } = WAYS[name]!
  const cwd = `${place}/${name.replaceAll(/\W+/g, '-')}`
  app.write({ [`${cwd}/.keep`]: '' })
  for (const [file, code] of Object.entries(files)) app.write({ [`${cwd}/${file}`]: code })
  const settings = {
    ...to(viewer),
    OTEL_SERVICE_NAME: name,
    OTEL_METRICS_EXPORTER: 'none',
    // Many at a time on a busy machine.
    WAYBILL_EXIT_TIMEOUT: '30000',
    ...env,
  }
  return app.run([...flags, ...args], { env: settings, cwd, stdin })
}
