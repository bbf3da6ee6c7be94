import { readdirSync, readFileSync } from 'node:fs'
import { startViewer, type Viewer } from '@waybill/viewer'
import { run, to } from '../support/run.ts'

// Each runs processes of its own, some of them one after the other.
jest.setTimeout(30_000)

let viewer: Viewer
beforeAll(async () => {
  viewer = await startViewer({ grpcPort: 0, httpPort: 0 })
})
afterAll(() => viewer.close())

const names = (service: string): string[] => viewer.spans({ service }).map(({ name }) => name)
const settings = (service: string): Record<string, string> => ({
  ...to(viewer),
  OTEL_SERVICE_NAME: service,
  OTEL_BSP_SCHEDULE_DELAY: '60000',
})

/** Threads of a process that export. */
function exporters(pid: number): number {
  const tasks = `/proc/${pid}/task`
  const names = readdirSync(tasks).map((id) => readFileSync(`${tasks}/${id}/comm`, 'utf8').trim())
  return names.filter((name) => name === 'waybill-export').length
}

describe('spans of the app’s threads arrive by way of the main thread', () => {
  test.each([
    ['plain', '0\n', 0, ['in thread 1']],
    ['env', '0\n', 0, ['in thread 1']],
    // Those of its process count.
    ['settings', '0\n', 0, ['in thread 1']],
    ['exits', '3\n', 0, ['before the exit']],
    ['throws', '1\n', 0, ['before the error']],
    ['nested', '0\n', 0, ['in thread 2', 'outer']],
    ['blocked', '', 6, ['while main is blocked']],
  ])('%s', async (way, stdout, code, expected) => {
    const service = `threads ${way}`
    const result = await run('threads.cjs', { args: [way], env: settings(service) }).ended
    expect(result).toMatchObject({ code, stdout, stderr: '' })
    await viewer.waitFor(() => names(service).length >= expected.length, { what: service })
    expect(names(service).toSorted()).toEqual(expected)
  })

  test('a pool whose process ends with the last answer: every task', async () => {
    const { code, stderr } = await run('threads.cjs', { args: ['pool'], env: settings('threads pool') }).ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    await viewer.waitFor(() => names('threads pool').length >= 40, { what: 'all tasks' })
    expect(new Set(names('threads pool')).size).toBe(40)
  })

  test('flush() in a thread waits until the collector has it', async () => {
    const service = 'threads flush'
    const { stdout } = await run('threads.cjs', { args: ['flush'], env: settings(service) }).ended
    expect(stdout).toBe('flushed\n')
    expect(names(service)).toEqual(['flushed'])
  })
})

test('one process, one instance, whichever thread made the span; and the thread is told', async () => {
  const env = settings('threads shared')
  const app = run('threads.cjs', { args: ['shared'], env: { ...env, OTEL_BSP_SCHEDULE_DELAY: '50' } })
  await app.printed('ready')
  const spans = await viewer.waitFor(
    () => {
      const found = viewer.spans({ service: 'threads shared' })
      return found.length >= 2 && found
    },
    { what: 'both spans' },
  )
  const instances = new Set(spans.map(({ resource }) => resource['service.instance.id']))
  expect(instances.size).toBe(1)
  expect([...instances][0]).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/)
  const threads = spans.map(({ resource }) => resource['thread.id'])
  expect(threads.map(Number).filter((id) => id > 0)).toHaveLength(1)
  // Only Linux tells the names of threads.
  expect(process.platform === 'linux' ? exporters(app.child.pid!) : 1).toBe(1)
  app.child.kill('SIGTERM')
  await app.ended
})

test('terminate() in the middle of anything: no harm, and what was handed over before arrives', async () => {
  const { code, stdout, stderr } = await run('threads.cjs', {
    args: ['terminate'],
    env: settings('threads terminate'),
  }).ended
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'terminated\n', stderr: '' })
  await viewer.waitFor(() => names('threads terminate').includes('handed over'), { what: 'handed over' })
})

test('the main thread ends while a thread still makes spans: no deadlock, and the exit code stays', async () => {
  const { code, stderr } = await run('threads.cjs', { args: ['busy'], env: settings('threads busy') }).ended
  expect({ code, stderr }).toEqual({ code: 4, stderr: '' })
  await viewer.waitFor(() => names('threads busy').includes('in main'), { what: 'the span of main' })
  expect(names('threads busy').filter((name) => name === 'again').length).toBeGreaterThan(10)
})

describe('processes of their own', () => {
  test('child_process.fork: parent and child each deliver, as two instances', async () => {
    const service = 'fork'
    const { code, stdout, stderr } = await run('processes.cjs', { args: ['fork'], env: settings(service) })
      .ended
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'child ended 3\n', stderr: '' })
    await viewer.waitFor(() => names(service).length >= 2, { what: 'both spans' })
    expect(names(service).toSorted()).toEqual(['in child', 'in parent'])
    expect(instancesOf(service)).toBe(2)
  })

  test('cluster: every process delivers, also those that are disconnected', async () => {
    const service = 'cluster'
    const { code, stdout, stderr } = await run('processes.cjs', { args: ['cluster'], env: settings(service) })
      .ended
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'all ended 0,0\n', stderr: '' })
    await viewer.waitFor(() => names(service).length >= 3, { what: 'all spans' })
    expect(names(service).toSorted()).toEqual(['in primary', 'in worker', 'in worker'])
    expect(instancesOf(service)).toBe(3)
  })
})

function instancesOf(service: string): number {
  return new Set(viewer.spans({ service }).map(({ resource }) => resource['service.instance.id'])).size
}
