import { spawn } from 'node:child_process'
import { join } from 'node:path'

const fixtures = join(import.meta.dirname, 'fixtures')

interface Line {
  msg: string
  [key: string]: unknown
}

/** The lines on stdout of a fixture that Node runs to its end. */
async function run(args: string[]): Promise<Line[]> {
  const child = spawn(
    process.execPath,
    ['--conditions=@waybill/source', '--disable-warning=ExperimentalWarning', ...args],
    { env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  if (out === '') throw new Error(errors)
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  let all = ''
  for await (const chunk of stream) all += chunk.toString()
  return all
}

const preload = ['--require', join(fixtures, 'preload.cjs')]
const ids = { trace_id: '4bf92f3577b34da6a3ce929d0e0e4736', span_id: '00f067aa0ba902b7', trace_flags: '01' }

test('a required pino has the ids in its lines', async () => {
  const lines = await run([...preload, join(fixtures, 'app.cjs')])
  expect(lines).toMatchObject([
    { msg: 'outside', service: 'fixture' },
    { msg: 'inside', a: 1, ...ids, service: 'fixture' },
    { msg: 'inside, later', ...ids, service: 'fixture' },
  ])
  expect(lines[0]).not.toHaveProperty('trace_id')
}, 20_000)

test('lines that a transport writes in its thread have them too', async () => {
  const lines = await run([...preload, join(fixtures, 'transport.cjs')])
  expect(lines).toMatchObject([{ msg: 'by a thread', ...ids, service: 'fixture' }])
}, 20_000)

test.each(['exit', 'throw', 'kill', 'by itself'])(
  'createLogger loses no line: %s',
  async (end) => {
    const lines = await run([join(fixtures, 'ends.cjs'), end])
    expect(lines.map(({ line }) => line)).toEqual(Array.from({ length: 1000 }, (_, line) => line))
  },
  20_000,
)
