import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Viewer } from '@waybill/viewer'
import { checkRecord } from '../../src/check.ts'
import { Cleanup } from '../../src/cleanup.ts'
import { startComponents } from '../../src/components.ts'
import { watchDeadLetters } from '../../src/dead-letters.ts'
import { readOptions } from '../../src/options.ts'
import { awaitEffects, connectDatabase, type Effects } from '../../src/outcomes.ts'
import { post } from '../../src/post.ts'
import { SERVICES, startServices } from '../../src/services.ts'
import { BATCH, FAILING, GOOD, type Posted } from '../../src/stories.ts'
import { indexOf, type Telemetry } from '../../src/telemetry.ts'
import { makeTopics, topicsOf } from '../../src/topics.ts'
import { until } from '../../src/until.ts'

jest.setTimeout(180_000)

const cleanup = new Cleanup()
afterAll(() => cleanup.run())

const progress = { line: () => {}, follow: <T>(_name: string, work: Promise<T>) => work, end: () => {} }

interface Collector {
  readonly url: string
  telemetry(): Promise<Telemetry>
  kill(): Promise<void>
}

async function startCollector(port: number): Promise<Collector> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'fixtures/collector.ts'), [String(port)], {
    execArgv: ['--conditions=@waybill/source', '--disable-warning=ExperimentalWarning'],
    // Times are bigints.
    serialization: 'advanced',
  })
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  cleanup.add('collector', kill)
  const [url] = (await once(child, 'message')) as [string]
  return {
    url,
    kill,
    async telemetry() {
      const answer = once(child, 'message')
      child.send('telemetry')
      return ((await answer) as [Telemetry])[0]
    },
  }
}

// POST /scans ─► … all six services … ─► notified, stored, dead letter
//      │ before                    │ kill -9                    │ again, at the same port
//      └► one record: complete     └► 12 records: no collector  └► each of the 12: complete
test('kill -9 the collector, post records, start it again: the trace of every record is complete', async () => {
  const first = await startCollector(0)
  const options = readOptions(['--once'], { OTEL_EXPORTER_OTLP_ENDPOINT: first.url }, '.')
  const components = {
    ...(await startComponents(options, progress, cleanup)),
    viewer: { grpcUrl: first.url } as Viewer,
  }
  const topics = topicsOf(components.suffix)
  const brokers = await components.brokers
  await makeTopics(brokers, topics, undefined)
  const letters = await watchDeadLetters(brokers, topics.deadLetter, 'dead-letter-watch')
  cleanup.add('dead-letter watch', () => letters.stop())
  const database = await connectDatabase(await components.database)
  cleanup.add('database', () => database.end())
  const { scansUrl, lines } = await startServices(options, components, progress, cleanup)
  const { mails } = components
  const effects: Effects = {
    database,
    table: `parcels${components.suffix}`,
    letters: letters.found,
    mails,
    lines,
  }

  const complete = async (collector: Collector, posted: readonly Posted[], from: number): Promise<void> => {
    await awaitEffects(posted, effects)
    let problems: string[] = []
    await until(
      () => problems.join('\n'),
      async () => {
        const index = indexOf(await collector.telemetry())
        const expected = { services: Object.keys(SERVICES), topics, lines: lines.slice(from) }
        problems = posted.flatMap((one) => checkRecord(index, one, expected))
        return problems.length === 0 || undefined
      },
      60_000,
    )
  }
  await complete(first, [await post(scansUrl, GOOD, lines)], 0)

  await first.kill()
  const from = lines.length
  const posted: Posted[] = []
  for (const planned of [FAILING, ...BATCH.slice(0, 11)]) posted.push(await post(scansUrl, planned, lines))
  await awaitEffects(posted, effects)
  const again = await startCollector(Number(new URL(first.url).port))
  await complete(again, posted, from)
  const { spans } = await again.telemetry()
  expect(new Set(spans.map(({ traceId, spanId }) => traceId + spanId)).size).toBe(spans.length)
})
