import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startViewer, type Viewer } from '@waybill/viewer'
import { run } from '../support/run.ts'

let viewer: Viewer
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-options-'))
  viewer = await startViewer({ grpcPort: 0, httpPort: 0 })
})
afterAll(async () => {
  await viewer.close()
  rmSync(folder, { recursive: true })
})

const linesOf = (stderr: string): string[] => stderr.trim().split('\n')
const WRONG = { OTEL_TRACES_SAMPLER: 'foo', OTEL_EXPORTER_OLTP_ENDPOINT: 'x' }

test('two mistakes: two lines, and the app runs', async () => {
  const { code, stdout, stderr } = await run('-e', { args: ['console.log("app ran")'], env: WRONG }).ended
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'app ran\n' })
  expect(linesOf(stderr)).toEqual([
    expect.stringMatching(/^waybill: WAYBILL_BAD_VALUE: OTEL_TRACES_SAMPLER=foo is unknown/),
    expect.stringMatching(/^waybill: WAYBILL_UNKNOWN_VARIABLE: .*Is OTEL_EXPORTER_OTLP_ENDPOINT meant\?$/),
  ])
})

test('WAYBILL_STRICT: all of them, exit code 78, and the app’s code never runs', async () => {
  const { code, stdout, stderr } = await run('-e', {
    args: ['console.log("app ran")'],
    env: { ...WRONG, WAYBILL_STRICT: 'true' },
  }).ended
  expect({ code, stdout }).toEqual({ code: 78, stdout: '' })
  expect(linesOf(stderr)).toHaveLength(3)
  expect(stderr).toContain('WAYBILL_STRICT=true: the process ends because of the 2 problems above')
})

test('WAYBILL_STRICT without a problem changes nothing', async () => {
  const { code, stderr } = await run('-e', { args: ['0'], env: { WAYBILL_STRICT: 'true' } }).ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('a thread of the app repeats no line', async () => {
  const source = 'new (require("node:worker_threads").Worker)("console.log(1)", { eval: true })'
  const { code, stdout, stderr } = await run('-e', {
    args: [source],
    env: { ...WRONG, WAYBILL_BANNER: 'true', OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' },
  }).ended
  expect({ code, stdout }).toEqual({ code: 0, stdout: '1\n' })
  expect(linesOf(stderr).filter((line) => line.includes('WAYBILL_'))).toHaveLength(2)
})

describe('banner', () => {
  const banner = async (env: Record<string, string>): Promise<string> => {
    const { stderr } = await run('ends.cjs', {
      args: ['naturally'],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: viewer.grpcUrl, ...env },
    }).ended
    return stderr
  }

  test('asked for: one line, without secrets', async () => {
    const endpoint = viewer.grpcUrl.replace('//', '//user:hunter2@')
    const stderr = await banner({
      WAYBILL_BANNER: 'true',
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=hunter2',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '1',
      OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,pg',
    })
    expect(stderr).toBe(
      `waybill: 0.1.0 | service fixture | traces, metrics → ${viewer.grpcUrl} (grpc) | logs off | sampler parent, else 1 | instruments http, pg\n`,
    )
  })

  test('not where stderr is no terminal, nor where it is turned off', async () => {
    expect(await banner({})).toBe('')
    expect(await banner({ WAYBILL_BANNER: 'false' })).toBe('')
  })
})

describe('OTEL_CONFIG_FILE', () => {
  const withFile = async (yaml: string, env: Record<string, string> = {}): Promise<string> => {
    const file = join(folder, 'waybill.yaml')
    writeFileSync(file, yaml)
    const { code, stderr } = await run('ends.cjs', {
      args: ['naturally'],
      env: { OTEL_SERVICE_NAME: '', OTEL_CONFIG_FILE: file, COLLECTOR: viewer.httpUrl, ...env },
    }).ended
    expect(code).toBe(0)
    return stderr
  }

  test('the SDK of the file: endpoint by variable, attributes, limits', async () => {
    const stderr = await withFile(`file_format: "1.0"
resource: { attributes: [{ name: service.name, value: of-file }, { name: replicas, value: 3, type: int }] }
propagator: { composite: [{ tracecontext: }, { baggage: }] }
attribute_limits: { attribute_value_length_limit: 4 }
tracer_provider:
  processors: [{ batch: { exporter: { otlp_http: { endpoint: "\${COLLECTOR}/v1/traces" } } } }]
`)
    expect(stderr).toBe('')
    const span = await viewer.waitFor(() => viewer.spans({ service: 'of-file' })[0], { what: 'the span' })
    expect(span.resource).toMatchObject({ 'service.name': 'of-file', replicas: 3 })
    expect(span.resource['host.name']).toBeUndefined()
    // Cut to four characters by the file's limit.
    expect(span.attributes['operation_id']).toMatch(/^[0-9a-f]{4}$/)
  })

  test('a file that cannot be read: one line, and the environment counts', async () => {
    const stderr = await withFile('a: [', {
      OTEL_SERVICE_NAME: 'of-env',
      OTEL_EXPORTER_OTLP_ENDPOINT: viewer.grpcUrl,
    })
    expect(linesOf(stderr)).toEqual([
      expect.stringMatching(
        /^waybill: WAYBILL_BAD_FILE: OTEL_CONFIG_FILE=.* is no YAML: .*Used instead: the environment\.$/,
      ),
    ])
    await viewer.waitFor(() => viewer.spans({ service: 'of-env' })[0], { what: 'the span' })
  })

  test('the YAML parser is read where a file is named, and only there', async () => {
    const loaded = async (env: Record<string, string>): Promise<string> => {
      const args = [
        `const names = Object.keys(require.cache).filter((file) => /node_modules.yaml./.test(file))
        console.log(names.length > 0)`,
      ]
      const { stdout } = await run('-e', { args, env }).ended
      return stdout.trim()
    }
    const file = join(folder, 'good.yaml')
    writeFileSync(file, 'file_format: "1.0"\n')
    expect(await loaded({ OTEL_TRACES_SAMPLER: 'foo' })).toBe('false')
    expect(await loaded({ OTEL_CONFIG_FILE: file })).toBe('true')
  })

  test('disabled in the file: nothing is sent', async () => {
    const stderr = await withFile('file_format: "1.0"\ndisabled: true\n', {
      OTEL_SERVICE_NAME: 'disabled-in-file',
      OTEL_EXPORTER_OTLP_ENDPOINT: viewer.grpcUrl,
    })
    expect(stderr).toBe('')
    expect(viewer.spans({ service: 'disabled-in-file' })).toEqual([])
  })
})

test('delta temporality of the environment reaches the collector', async () => {
  const app = run('-e', {
    args: ['setInterval(() => {}, 1000)'],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: viewer.grpcUrl,
      OTEL_SERVICE_NAME: 'delta',
      OTEL_METRIC_EXPORT_INTERVAL: '100',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
    },
  })
  try {
    const metric = await viewer.waitFor(
      () => viewer.metrics({ service: 'delta' }).find(({ monotonic }) => monotonic),
      { what: 'a counter' },
    )
    expect(metric).toMatchObject({ temporality: 1 })
  } finally {
    app.child.kill('SIGKILL')
    await app.ended
  }
}, 15_000)
