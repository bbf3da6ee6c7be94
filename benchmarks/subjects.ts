// Who is compared, and how each is preloaded: as its documentation says, with its defaults.

import { join } from 'node:path'

export interface Subject {
  /** As in tables and JSON. */
  readonly name: string
  /** Whose installation it runs in: `bare`, `sdk`, `waybill` or a key of `PEERS`. */
  readonly install: string
  /** Sends OTLP: its spans can be counted where they arrive. */
  readonly otlp: boolean
  /** Node's arguments, in the folder of its installation. */
  readonly preload: readonly string[]
  /** @param collector `http://host:port`, for every protocol the subject speaks over HTTP */
  readonly env: (collector: string) => Record<string, string>
}

interface Peer {
  /** Pinned; what they need in turn comes as npm resolves it. */
  readonly packages: Readonly<Record<string, string>>
  readonly preload: readonly string[]
  readonly env: (collector: string) => Record<string, string>
}

const SDK = join(import.meta.dirname, 'preloads/sdk.cjs')

// All three signals for everyone who has them: Waybill's own default would leave logs out.
const otlp = (collector: string): Record<string, string> => ({
  OTEL_SERVICE_NAME: 'bench',
  OTEL_EXPORTER_OTLP_ENDPOINT: collector,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
  OTEL_TRACES_EXPORTER: 'otlp',
  OTEL_METRICS_EXPORTER: 'otlp',
  OTEL_LOGS_EXPORTER: 'otlp',
})

/** By package name, but for `upstream`. */
export const PEERS: Readonly<Record<string, Peer>> = {
  upstream: {
    packages: { '@opentelemetry/api': '1.10.0', '@opentelemetry/auto-instrumentations-node': '0.82.0' },
    preload: ['--require', '@opentelemetry/auto-instrumentations-node/register'],
    env: otlp,
  },
  'dd-trace': {
    packages: { 'dd-trace': '6.21.0' },
    preload: ['--require', 'dd-trace/init'],
    env: (collector) => ({ DD_SERVICE: 'bench', DD_TRACE_AGENT_URL: collector }),
  },
  'elastic-apm-node': {
    packages: { 'elastic-apm-node': '4.18.0' },
    preload: ['--require', 'elastic-apm-node/start.js'],
    env: (collector) => ({ ELASTIC_APM_SERVICE_NAME: 'bench', ELASTIC_APM_SERVER_URL: collector }),
  },
  '@elastic/opentelemetry-node': {
    packages: { '@elastic/opentelemetry-node': '1.18.0' },
    preload: ['--import', '@elastic/opentelemetry-node'],
    env: otlp,
  },
  '@sentry/node': {
    // 11.12.0 asks for sentry@^0.49.0; the registry this was written with has 0.45.0 at most, so it does not install.
    packages: { '@sentry/node': '11.11.0' },
    preload: ['--require', './sentry.cjs'],
    env: (collector) => ({ SENTRY_DSN: `${collector.replace('://', '://key@')}/1` }),
  },
  '@vercel/otel': {
    packages: { '@vercel/otel': '2.1.3' },
    preload: ['--require', './vercel-otel.cjs'],
    env: otlp,
  },
}

export const bare: Subject = { name: 'bare', install: 'bare', otlp: false, preload: [], env: () => ({}) }

/** The least that any preload costs. */
export const emptyPackage: Subject = {
  ...bare,
  name: 'empty-package',
  preload: ['--require', 'empty-package/register'],
}

/** Bare, where spans are what is measured: OpenTelemetry's SDK without an exporter. */
export const bareSdk: Subject = { ...bare, install: 'sdk', preload: ['--require', SDK] }

export const waybill: Subject = {
  name: 'waybill',
  install: 'waybill',
  otlp: true,
  preload: ['--require', '@waybill/node/register'],
  env: otlp,
}

/** As it stands in the checkout. */
export const waybillSource: Subject = {
  ...waybill,
  preload: ['--disable-warning=ExperimentalWarning', '--conditions=@waybill/source', ...waybill.preload],
}

/** As the first process of an installation has it: no compiled code is there. */
export const waybillFirst = withEnv(waybill, 'waybill-first', { NODE_DISABLE_COMPILE_CACHE: '1' })

export const waybillDisabled = withEnv(waybill, 'waybill-disabled', { OTEL_SDK_DISABLED: 'true' })

/** @param name a key of `PEERS` */
export function peer(name: string): Subject {
  const { preload, env } = PEERS[name]!
  return { name, install: name, otlp: env === otlp, preload, env }
}

/** The same subject under other settings. */
export function withEnv(subject: Subject, name: string, more: Record<string, string>): Subject {
  return { ...subject, name, env: (collector) => ({ ...subject.env(collector), ...more }) }
}
