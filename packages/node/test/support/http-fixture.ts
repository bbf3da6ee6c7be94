import { startViewer, type MetricRow, type SpanRow, type Viewer } from '@waybill/viewer'
import { run, to, type Running } from './run.ts'

/** What a fixture of HTTP tells of itself. */
export interface Seen {
  [name: string]: unknown
}

/** A fixture of HTTP that has run twice: under the preload, and without it. */
export class HttpFixture {
  viewer!: Viewer
  /** What it told under the preload, and without. */
  told!: Seen
  bare!: Seen
  private readonly name: string

  constructor(name: string) {
    this.name = name
  }

  async run(): Promise<void> {
    this.viewer = await startViewer({ grpcPort: 0, httpPort: false })
    const fixture = `http/${this.name}`
    const env = { ...to(this.viewer), OTEL_SERVICE_NAME: this.name }
    ;[this.told, this.bare] = await Promise.all([
      toldBy(run(fixture, { env })),
      toldBy(run(fixture, { flags: [] })),
    ])
  }

  spans(scope = '@waybill/node/'): SpanRow[] {
    return this.viewer.spans({ service: this.name }).filter((span) => span.scope.startsWith(scope))
  }

  durations(side: 'server' | 'client'): MetricRow[] {
    return this.viewer.metrics({ service: this.name, name: `http.${side}.request.duration` })
  }
}

/** The fixture, run before the tests of a file. */
export function useHttpFixture(name: string): HttpFixture {
  const fixture = new HttpFixture(name)
  beforeAll(() => fixture.run(), 60_000)
  afterAll(() => fixture.viewer?.close())
  return fixture
}

async function toldBy({ ended }: Running): Promise<Seen> {
  const { code, stdout, stderr } = await ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout) as Seen
}

const KINDS = ['', 'internal', 'server', 'client']

/** `server GET /path 200`, an error with its type. */
export const draw = ({ kind, name, attributes, status }: SpanRow): string => {
  const full = attributes['url.full'] as string | undefined
  const path = (attributes['url.path'] as string | undefined) ?? full?.replace(/^https?:\/\/[^/]*/, '')
  const code = (attributes['http.response.status_code'] as number | undefined) ?? '-'
  const error = attributes['error.type'] as string | undefined
  return `${KINDS[kind]} ${name} ${path} ${code}${error === undefined ? '' : ` ${error}`}${status === 2 ? ' !' : ''}`
}
