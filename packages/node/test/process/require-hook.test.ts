import { startViewer, type Viewer } from '@waybill/viewer'
import { AppFolder, manifest, MYSQL, PRELOAD, query } from '../support/app-folder.ts'
import { to } from '../support/run.ts'

/** A file of the package, and how it asks for the main one. */
const ASKING: Readonly<Record<string, string>> = {
  'promise.js': './index',
  'promise.cjs': './index.js',
  'sub.js': '.',
  'lib/folder.js': '..',
  'lib/slash.js': '../',
  'lib/file.js': '../index',
}

let viewer: Viewer
let app: AppFolder
beforeAll(async () => {
  viewer = await startViewer({ grpcPort: 0, httpPort: false })
  app = new AppFolder('require-hook')
})
afterAll(async () => {
  app.remove()
  await viewer.close()
})

// query ./index
// query ./index.js
// … in traces of their own
test('a library whose main file is first asked for by another file of its own is traced', async () => {
  const lines = Object.entries(ASKING).map(([file, id], index) => {
    const folder = `${index}/node_modules/mysql`
    app.write({
      [`${folder}/package.json`]: manifest('mysql'),
      [`${folder}/index.js`]: `require('./other')\n${MYSQL}`,
      [`${folder}/other.js`]: '',
      [`${folder}/${file}`]: `module.exports = require('${id}')`,
    })
    return query(id, `require('./${folder}/${file}')`)
  })
  app.write({ 'main.cjs': lines.join('\n') })
  const ended = await app.run([...PRELOAD, 'main.cjs'], {
    env: { ...to(viewer), OTEL_SERVICE_NAME: 'inner' },
  })
  expect(ended).toEqual({ code: 0, stdout: '', stderr: '' })
  const wanted = Object.values(ASKING)
  const texts = await viewer.waitFor(
    () => {
      const spans = viewer.spans({ service: 'inner' })
      return spans.length >= wanted.length && spans.map(({ attributes }) => attributes['db.query.text'])
    },
    { what: 'a query of each copy' },
  )
  expect(new Set(texts)).toEqual(new Set(wanted))
})
