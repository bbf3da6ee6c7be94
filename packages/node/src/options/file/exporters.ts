// Exporters of the file: each becomes what the variables of the same meaning would say.
import { ownVariable } from '../endpoint.ts'
import { OPTIONS, type Row, type Signal } from '../table.ts'
import { join, type Tree, type Walk } from './walk.ts'

/** The name that `OTEL_…_EXPORTER` has for it; its settings go where the variables of the signal's exporter would. */
export function mapExporter(
  walk: Walk,
  value: unknown,
  at: string,
  signal: Signal,
  before: readonly string[],
): string | undefined {
  const exporter = value === undefined ? walk.wrong(at, 'is missing', 'none') : walk.one(value, at)
  if (!exporter) return undefined
  const [name, content, path] = exporter
  const known = NAMES[name]
  if (known === undefined) return walk.wrong(path, 'is an exporter that is not supported here', 'none')
  if (before.includes(known))
    return walk.wrong(path, `is a second exporter of the kind ${known} for ${signal}`, 'the first')
  if (known === 'otlp') mapOtlp(walk, content, path, signal, name === 'otlp_grpc')
  else if (known === 'prometheus') {
    const tree = walk.tree(content, path, ['host', 'port'])
    walk.put('OTEL_EXPORTER_PROMETHEUS_HOST', tree?.['host'], join(path, 'host'))
    walk.put('OTEL_EXPORTER_PROMETHEUS_PORT', tree?.['port'], join(path, 'port'))
  } else if (known === 'zipkin') {
    const tree = walk.tree(content, path, ['endpoint', 'timeout'])
    walk.put('OTEL_EXPORTER_ZIPKIN_ENDPOINT', tree?.['endpoint'], join(path, 'endpoint'))
    walk.put('OTEL_EXPORTER_ZIPKIN_TIMEOUT', tree?.['timeout'], join(path, 'timeout'))
  } else walk.tree(content, path, [])
  return known
}

const NAMES: Readonly<Record<string, string>> = {
  otlp_http: 'otlp',
  otlp_grpc: 'otlp',
  console: 'console',
  zipkin: 'zipkin',
  'prometheus/development': 'prometheus',
}

function mapOtlp(walk: Walk, content: unknown, path: string, signal: Signal, grpc: boolean): void {
  const tree = walk.tree(content, path, [
    'endpoint',
    'tls',
    'headers',
    'headers_list',
    'compression',
    'timeout',
    ...(grpc ? [] : ['encoding']),
    ...(signal === 'metrics' ? ['temporality_preference', 'default_histogram_aggregation'] : []),
  ])
  if (!tree) return
  const put = (row: Row, value: unknown, key: string): void =>
    walk.put(ownVariable(row, signal), value, join(path, key))
  put(
    OPTIONS.protocol,
    grpc ? 'grpc' : tree['encoding'] === 'json' ? 'http/json' : 'http/protobuf',
    'encoding',
  )
  if (!grpc && !['json', 'protobuf', undefined, null].includes(tree['encoding'] as string)) {
    walk.wrong(join(path, 'encoding'), 'is unknown; known are protobuf, json', 'protobuf', tree['encoding'])
  }
  put(OPTIONS.endpoint, tree['endpoint'], 'endpoint')
  put(OPTIONS.compression, tree['compression'], 'compression')
  put(OPTIONS.timeout, tree['timeout'], 'timeout')
  put(OPTIONS.headers, headersOf(walk, tree, path), 'headers')
  const tls = walk.tree(tree['tls'], `${path}.tls`, [
    'ca_file',
    'cert_file',
    'key_file',
    ...(grpc ? ['insecure'] : []),
  ])
  put(OPTIONS.certificate, tls?.['ca_file'], 'tls.ca_file')
  put(OPTIONS.clientCertificate, tls?.['cert_file'], 'tls.cert_file')
  put(OPTIONS.clientKey, tls?.['key_file'], 'tls.key_file')
  put(OPTIONS.insecure, tls?.['insecure'], 'tls.insecure')
  if (signal !== 'metrics') return
  const temporality = tree['temporality_preference']
  walk.put(
    OPTIONS.temporality.env,
    temporality === 'low_memory' ? 'lowmemory' : temporality,
    join(path, 'temporality_preference'),
  )
  walk.put(
    OPTIONS.histogram.env,
    tree['default_histogram_aggregation'],
    join(path, 'default_histogram_aggregation'),
  )
}

/** As the variable has them; `headers` beats `headers_list`. */
function headersOf(walk: Walk, tree: Tree, path: string): string | undefined {
  const pairs = walk.list(tree['headers'], join(path, 'headers')).flatMap((item, index) => {
    const at = `${path}.headers[${index}]`
    const pair = walk.tree(item, at, ['name', 'value'])
    if (!pair) return []
    const { name, value } = pair
    if (value === null) return []
    if (typeof name === 'string' && typeof value === 'string') return `${name}=${encodeURIComponent(value)}`
    walk.wrong(at, 'is not { name: text, value: text }', 'the others')
    return []
  })
  const list = tree['headers_list']
  return [...(typeof list === 'string' ? [list] : []), ...pairs].join(',') || undefined
}
