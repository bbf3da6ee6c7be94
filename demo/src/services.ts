import type { Cleanup } from './cleanup.ts'
import type { Components } from './components.ts'
import type { Options } from './options.ts'
import type { Progress } from './progress.ts'
import { startService, type LogLine, type Service } from './service.ts'

/** The services, in the order in which a record meets them. */
export const SERVICES = {
  'scan-api': 'scan-api.mjs',
  'scan-transform': 'scan-transform.mjs',
  'depot-directory': 'depot-directory.cjs',
  'parcel-store': 'parcel-store.cjs',
  'parcel-notify': 'parcel-notify.mjs',
  'customer-hook': 'customer-hook.cjs',
} as const
export type ServiceName = keyof typeof SERVICES

export interface RunningServices {
  /** Where scan-api takes scans. */
  scansUrl: string
  /** What all services have logged so far. */
  lines: readonly LogLine[]
  /** Settles, with the reason, when a service ends that should not. */
  broken: Promise<never>
  /** Stop them all; each sends its last telemetry. */
  stop(): Promise<void>
}

/** Start all services, each as soon as what it needs is there, and wait until they are ready. */
export async function startServices(
  options: Options,
  components: Components,
  progress: Progress,
  cleanup: Cleanup,
  onLine: (line: LogLine) => void = () => {},
): Promise<RunningServices> {
  const services: Service[] = []
  const lines: LogLine[] = []
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => {})
  let stopped = false
  const stop = async (): Promise<void> => {
    stopped = true
    await Promise.all(services.map((service) => service.stop()))
  }
  cleanup.add('services', stop)

  const start = (name: ServiceName, env: () => Promise<Record<string, string>>): Promise<string> => {
    const up = async (): Promise<string> => {
      const own = await env()
      if (stopped) throw new Error('stopped')
      const service = startService({
        name,
        file: SERVICES[name],
        env: { ...serviceEnv(name, components), ...own },
        preload: options.bare !== name,
        onLine(line) {
          lines.push(line)
          onLine(line)
        },
        onText: (text) => progress.line(`  ${name}: ${text}`),
        onEnd: (reason) => broken.reject(new Error(reason)),
      })
      services.push(service)
      const { port } = await service.ready
      return typeof port === 'number' ? `http://127.0.0.1:${port}` : ''
    }
    return progress.follow(name, up(), (url) => url)
  }

  const { brokers, database, smtp } = components
  const kafka = async (): Promise<Record<string, string>> => ({ KAFKA_BROKERS: (await brokers).join(',') })
  const depots = start('depot-directory', async () => ({}))
  const hook = start('customer-hook', async () => ({}))
  // Heard by those that need them, who may still be waiting for something else.
  for (const early of [depots, hook]) early.catch(() => {})
  const [scans] = await Promise.all([
    start('scan-api', async () => ({ ...(await kafka()), PORT: process.env['PORT'] ?? '0' })),
    start('scan-transform', async () => ({ ...(await kafka()), DEPOT_DIRECTORY_URL: await depots })),
    start('parcel-store', async () => ({ ...(await kafka()), DATABASE_URL: await database })),
    start('parcel-notify', async () => ({
      DATABASE_URL: await database,
      SMTP_URL: await smtp,
      CUSTOMER_HOOK_URL: await hook,
    })),
  ])
  return { scansUrl: `${scans}/scans`, lines, broken: broken.promise, stop }
}

/** Telemetry leaves soon, so that nobody waits for it; and log records go along. */
const TELEMETRY = {
  OTEL_LOGS_EXPORTER: 'otlp',
  OTEL_BSP_SCHEDULE_DELAY: '200',
  OTEL_BLRP_SCHEDULE_DELAY: '200',
  OTEL_METRIC_EXPORT_INTERVAL: '5000',
  OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=demo',
}

function serviceEnv(name: string, { viewer, spool, suffix }: Components): Record<string, string | undefined> {
  const env: Record<string, string | undefined> = { ...process.env }
  delete env['NODE_OPTIONS']
  delete env['PORT']
  // The check expects all there is: settings for another collector, a sampler among them, would leave gaps.
  if (viewer) for (const key of Object.keys(env)) if (key.startsWith('OTEL_')) delete env[key]
  return {
    ...TELEMETRY,
    WAYBILL_SPOOL_DIR: spool,
    ...env,
    OTEL_SERVICE_NAME: name,
    ...(viewer && { OTEL_EXPORTER_OTLP_ENDPOINT: viewer.grpcUrl, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }),
    RUN_SUFFIX: suffix,
    WAYBILL_BANNER: 'false',
    KAFKAJS_NO_PARTITIONER_WARNING: '1',
  }
}
