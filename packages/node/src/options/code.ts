// Options that are given in code. Read only where there are any.
import type { StartOptions } from '../start-options.ts'
import type { SamplingRule } from '../tracing/config.ts'
import { mapKeepLimits, mapRule } from './file/own.ts'
import { Walk, type FileInstrumentations, type Tree } from './file/walk.ts'
import type { AttributeValue, Options } from './options.ts'
import type { Given, Problem } from './reader.ts'
import { OPTIONS as O, type Row } from './table.ts'

/** Options, and the function that takes them. */
export interface InCode {
  readonly name: 'start' | 'waybillNodeSdk'
  readonly options: StartOptions
}

export interface CodeOptions {
  /** What each says for its variable; null: that variable does not count. */
  readonly byVariable: ReadonlyMap<string, Given | null>
  readonly instrumentations: FileInstrumentations
  readonly problems: readonly Problem[]
  /**
   * `options` with what no variable can say.
   *
   * @param read what was read by the rows of the table, before the file had its say
   */
  complete(options: Options, read: Options): Options
}

/** Each as a value of its row, to be checked where that is read; what has no row is checked here. */
export function mapCode({ name, options }: InCode): CodeOptions {
  const walk = new Walk(`${name}({…})`)
  const tree = walk.tree(options, 'options') ?? {}
  const masked = new Set<string>()
  mapRows(walk, tree, '', masked, `${name}()`)

  const sampling = treeOf(tree['sampling'])
  const keep = mapKeepLimits(walk, camelKeep(sampling['keep']), 'sampling.keep')
  const rules = given(sampling['rules'])
    ? walk.list(sampling['rules'], 'sampling.rules').flatMap((rule, index) => ruleOf(walk, rule, index) ?? [])
    : undefined
  settleSampler(walk, sampling, masked)
  mapHeaders(walk, tree['headers'])
  const attributes = mapResource(walk, tree['resource'])
  const instrumentations = treeOf(tree['instrumentations'])
  const nothing = Array.isArray(instrumentations['enabled']) && instrumentations['enabled'].length === 0

  const byVariable = new Map<string, Given | null>(walk.byVariable)
  for (const variable of masked) if (!byVariable.has(variable)) byVariable.set(variable, null)
  return {
    byVariable,
    instrumentations: mapInstrumentations(walk, instrumentations['options']),
    problems: walk.problems.map((problem) => ({ ...problem, code: 'WAYBILL_BAD_VALUE' })),
    complete(all, read) {
      const service = byVariable.get(O.serviceName.env)?.text
      const own = { ...attributes, ...(service !== undefined && { 'service.name': service }) }
      const named = own['service.name']
      return {
        ...all,
        serviceName: typeof named === 'string' ? named : all.serviceName,
        resourceAttributes: { ...all.resourceAttributes, ...own },
        traceIds: byVariable.has(O.traceIds.env) ? read.traceIds : all.traceIds,
        sampling: {
          ...all.sampling,
          ...(byVariable.has(O.sampler.env) && { sampler: read.sampling.sampler }),
          ...(rules && { rules }),
          ...(all.sampling.keep && { keep: { ...all.sampling.keep, ...keep } }),
        },
        integrations: { ...all.integrations, ...(nothing && { enabled: [] }) },
      }
    },
  }
}

/** Path of an option → its row. */
const ROWS: Readonly<Record<string, Row>> = {
  serviceName: O.serviceName,
  endpoint: O.endpoint,
  protocol: O.protocol,
  compression: O.compression,
  timeout: O.timeout,
  'exporters.traces': O.tracesExporter,
  'exporters.metrics': O.metricsExporter,
  'exporters.logs': O.logsExporter,
  propagators: O.propagators,
  'sampling.sampler': O.sampler,
  'sampling.ratio': O.samplerArg,
  'sampling.keep.errors': O.keepErrors,
  'sampling.keep.slow': O.keepSlow,
  traceIds: O.traceIds,
  redaction: O.redaction,
  'redaction.urls': O.redactUrls,
  'redaction.headers': O.redactHeaders,
  'redaction.sql': O.redactSql,
  'redaction.query': O.redactQuery,
  'redaction.deny': O.redactDeny,
  'redaction.allow': O.redactAllow,
  'http.responseHeaders': O.httpResponseHeaders,
  'http.acceptTraceId': O.httpAcceptTraceId,
  'instrumentations.enabled': O.enabledInstrumentations,
  'instrumentations.disabled': O.disabledInstrumentations,
  metricInterval: O.metricInterval,
  spool: O.spool,
  'spool.enabled': O.spool,
  'spool.dir': O.spoolDir,
  'spool.maxBytes': O.spoolMaxBytes,
  exitTimeout: O.exitTimeout,
  configFile: O.configFile,
  logLevel: O.logLevel,
  banner: O.banner,
  strict: O.strict,
}

/** Those that no single row can say: read by the functions below. */
const STRUCTURED = ['headers', 'resource', 'sampling.rules', 'instrumentations.options']
const KEEP_LIMITS: Readonly<Record<string, string>> = {
  maxTraces: 'max_traces',
  maxSpans: 'max_spans',
  maxBytes: 'max_bytes',
  maxAge: 'max_age',
}
const PATHS = [
  ...Object.keys(ROWS),
  ...STRUCTURED,
  ...Object.keys(KEEP_LIMITS).map((key) => `sampling.keep.${key}`),
]

function mapRows(walk: Walk, tree: Tree, above: string, masked: Set<string>, caller: string): void {
  for (const [key, value] of Object.entries(tree)) {
    const path = above === '' ? key : `${above}.${key}`
    if (!given(value)) continue
    const row = ROWS[path]
    const isTree = typeof value === 'object' && !Array.isArray(value)
    if (isTree && PATHS.some((known) => known.startsWith(`${path}.`))) {
      // Whoever says how, wants it.
      if (row?.kind === 'boolean') walk.put(row.env, (value as Tree)['enabled'] ?? true, path)
      mapRows(walk, value as Tree, path, masked, caller)
    } else if (row) {
      if (row.kind === 'list' && Array.isArray(value) && value.length === 0) masked.add(row.env)
      else walk.put(row.env, value, path)
    } else if (!PATHS.includes(path)) {
      reportUnknown(walk, path, caller)
    }
  }
}

function reportUnknown(walk: Walk, path: string, caller: string): void {
  const end = path.lastIndexOf('.') + 1
  const above = path.slice(0, end)
  const allowed = [
    ...new Set(
      PATHS.filter((known) => known.startsWith(above)).map((known) => known.slice(end).split('.')[0]!),
    ),
  ]
  const row: Row = { env: caller, kind: 'names', allowed }
  walk.problems.push({
    code: 'WAYBILL_BAD_VALUE',
    given: { text: path.slice(end), from: walk.from(path) },
    wrong: { is: 'option' },
    row,
    used: 'the rest',
  })
}

/** A ratio names its sampler by itself; a sampler without one takes none from the environment. */
function settleSampler(walk: Walk, sampling: Tree, masked: Set<string>): void {
  const { sampler, ratio } = sampling
  if (given(ratio)) walk.put(O.sampler.env, 'parentbased_traceidratio', 'sampling.sampler')
  else if (given(sampler) && !String(sampler).endsWith('jaeger_remote')) masked.add(O.samplerArg.env)
}

/** As the variable has them. */
function mapHeaders(walk: Walk, value: unknown): void {
  const pairs: string[] = []
  for (const [name, header] of Object.entries(walk.tree(value ?? undefined, 'headers') ?? {})) {
    const text = typeof header === 'string' && !/[=,]/.test(name) ? encoded(header) : undefined
    if (text === undefined)
      walk.wrong('headers', 'has a header that cannot be sent; it is left out', 'the others')
    else pairs.push(`${name}=${text}`)
  }
  if (given(value)) walk.put(O.headers.env, pairs.join(',') || ',', 'headers')
}

function encoded(text: string): string | undefined {
  try {
    return encodeURIComponent(text)
  } catch {
    return undefined
  }
}

function mapResource(walk: Walk, value: unknown): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {}
  for (const [name, attribute] of Object.entries(walk.tree(value ?? undefined, 'resource') ?? {})) {
    if (!given(attribute)) continue
    if (isAttribute(attribute)) attributes[name] = attribute
    else
      walk.wrong(
        `resource.${name}`,
        'is neither text, number, true or false, nor a list of these',
        'the others',
      )
  }
  return attributes
}

function isAttribute(value: unknown): value is AttributeValue {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  const types = new Set(values.map((one) => typeof one))
  return types.size <= 1 && [...types].every((type) => ['string', 'number', 'boolean'].includes(type))
}

/** The file's names of the same things. */
function ruleOf(walk: Walk, rule: unknown, index: number): SamplingRule | undefined {
  const { eventType, perSecond, ...rest } = treeOf(rule)
  const named = {
    ...rest,
    ...(given(eventType) && { event_type: eventType }),
    ...(given(perSecond) && { per_second: perSecond }),
  }
  return mapRule(walk, isTree(rule) ? named : rule, `sampling.rules[${index}]`)
}

function camelKeep(keep: unknown): Tree {
  const own = treeOf(keep)
  return Object.fromEntries(Object.entries(KEEP_LIMITS).map(([camel, snake]) => [snake, own[camel]]))
}

function mapInstrumentations(walk: Walk, value: unknown): FileInstrumentations {
  const path = 'instrumentations.options'
  const config: Record<string, Tree> = {}
  for (const [name, options] of Object.entries(walk.tree(value ?? undefined, path) ?? {})) {
    const own = walk.tree(options, `${path}.${name}`)
    if (own) config[name] = own
  }
  return { config, from: (at) => walk.from(`${path}.${at}`) }
}

function treeOf(value: unknown): Tree {
  return isTree(value) ? value : {}
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function given(value: unknown): boolean {
  return value !== undefined && value !== null
}
