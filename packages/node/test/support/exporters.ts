import { startViewer, type Viewer } from '@waybill/viewer'
import { run, type Running } from './run.ts'

const OFF = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' }

/** What one test starts; it is stopped after it, the last one first. */
export function useStarts(): {
  readonly closing: (() => unknown)[]
  /** The fixture, which makes telemetry and ends, or stays, as `way` says. Traces and metrics only by `env`. */
  readonly start: (way: string, env: Record<string, string>) => Running
  readonly viewer: () => Promise<Viewer>
} {
  const closing: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
  })
  return {
    closing,
    start(way, env) {
      const running = run('exporters.cjs', { args: [way], env: { ...OFF, ...env } })
      closing.push(async () => {
        running.child.kill('SIGKILL')
        await running.ended
      })
      return running
    },
    async viewer() {
      const started = await startViewer({ grpcPort: 0, httpPort: 0 })
      closing.push(() => started.close())
      return started
    },
  }
}
