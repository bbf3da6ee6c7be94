import { startViewer, type Viewer } from '@waybill/viewer'
import { AppFolder, manifest, MYSQL } from './app-folder.ts'
import { to } from './run.ts'

/** An app's folder with a library in it, and where its telemetry goes. */
export class Place {
  viewer!: Viewer
  app!: AppFolder

  settings(service: string): Record<string, string> {
    return {
      ...to(this.viewer),
      OTEL_SERVICE_NAME: service,
      OTEL_METRICS_EXPORTER: 'none',
      WAYBILL_EXIT_TIMEOUT: '30000',
    }
  }

  /** Kind and name of the spans that arrive. */
  async spans(service: string, count: number): Promise<string[]> {
    return this.viewer.waitFor(
      () => {
        const found = this.viewer.spans({ service }).map(({ kind, name }) => `${kind} ${name}`)
        return found.length >= count && found.toSorted()
      },
      { what: `${count} spans of ${service}` },
    )
  }
}

/** One for the tests of a file. */
export function usePlace(name: string): Place {
  const place = new Place()
  beforeAll(async () => {
    place.viewer = await startViewer({ grpcPort: 0, httpPort: false })
    place.app = new AppFolder(name)
    place.app.write({
      'package.json': '{}',
      'node_modules/mysql/package.json': manifest('mysql'),
      'node_modules/mysql/index.js': MYSQL,
    })
  })
  afterAll(async () => {
    place.app?.remove()
    await place.viewer?.close()
  })
  return place
}

export const fine = { code: 0, stderr: '' }

/** An HTTP server, and what is done when it listens. */
export const listen = (then: string): string => `
  const server = http.createServer((request, response) => response.end('hello')).listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    ${then}
  })`
/** One that asks itself, and closes. */
export const SERVE = listen(
  `http.get({ host: '127.0.0.1', port, agent: false }, (response) => response.resume().on('end', () => server.close()))`,
)
