// Under NODE_OPTIONS tools stay out.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { PRELOAD, type Ended } from '../support/app-folder.ts'
import { usePlace } from '../support/places.ts'
import { run } from '../support/run.ts'

const place = usePlace('tools')

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
    const result = await place.app.run(['--version'], { env, program })
    expect(result.code).toBe(0)
    expect(count(result)).toBe(1)
  },
  60_000,
)

test('node --check, the parent of node --test but not the test, tsx but not its app', async () => {
  place.app.write({
    'one.test.cjs': `require('node:test')('one', () => {})`,
    'a.cts': `const n: number = 1; require('mysql')`,
  })
  const [check, tests, inside, tsx] = await Promise.all([
    place.app.run(['--check', 'one.test.cjs'], { env }),
    place.app.run(['--test', 'one.test.cjs'], { env }),
    place.app.run(['--test', '--test-isolation=none', 'one.test.cjs'], { env }),
    place.app.run([tsxProgram, 'a.cts'], { env }),
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
    const file = join(place.app.path, `${name.replace(' ', '-')}.cjs`)
    const write = (text: string): void =>
      writeFileSync(
        file,
        `require('mysql').createConnection({}).query('${text}', () => console.log('${text}'))`,
      )
    write('one')
    const watching = run(flags.length > 0 ? '--no-warnings' : '--watch', {
      flags,
      args: [file],
      env: { ...place.settings(name), NODE_OPTIONS },
    })
    await watching.printed('one')
    write('two')
    await watching.printed('two')
    watching.child.kill('SIGTERM')
    expect(await watching.ended).toMatchObject({ code: 0, signal: null, stderr: '' })
    // A span from each start, and none of the program that watches.
    expect(await place.spans(name, 2)).toHaveLength(2)
  },
  60_000,
)
