// Options of single instrumentations, of variables and of the file. Read only where there is one.
import { INTEGRATIONS } from '../integrations/table.ts'
import type { FileInstrumentations } from './file/walk.ts'
import { items, type Given, type Problem } from './reader.ts'
import type { Row } from './table.ts'

export const PREFIX = 'WAYBILL_INSTRUMENTATION_'

type Kind = 'boolean' | 'number' | 'list' | 'text' | readonly string[]
/** Option, with dots for options in options, and what it takes; a list of words: one of these. */
type Known = Readonly<Record<string, Kind>>
export type Config = Record<string, Record<string, unknown>>

const DATABASE: Known = { enhancedDatabaseReporting: 'boolean', requireParentSpan: 'boolean' }
const LOGGER: Known = { disableLogSending: 'boolean', disableLogCorrelation: 'boolean' }
const STATEMENT: Known = { statement: ['none', 'command', 'full'], requireParentSpan: 'boolean' }
const HTTP: Known = {
  ignorePaths: 'list',
  'captureHeaders.server.request': 'list',
  'captureHeaders.server.response': 'list',
  'captureHeaders.client.request': 'list',
  'captureHeaders.client.response': 'list',
  redactedQueryParams: 'list',
}
const HTTP_OTEL: Known = {
  disableIncomingRequestInstrumentation: 'boolean',
  disableOutgoingRequestInstrumentation: 'boolean',
  requireParentforOutgoingSpans: 'boolean',
  requireParentforIncomingSpans: 'boolean',
  serverName: 'text',
  'headersToSpanAttributes.server.requestHeaders': 'list',
  'headersToSpanAttributes.server.responseHeaders': 'list',
  'headersToSpanAttributes.client.requestHeaders': 'list',
  'headersToSpanAttributes.client.responseHeaders': 'list',
  enableSyntheticSourceDetection: 'boolean',
  redactedQueryParams: 'list',
  redactedQueryParamsServer: 'list',
}
const GRAPHQL: Known = {
  allowValues: 'boolean',
  depth: 'number',
  mergeItems: 'boolean',
  ignoreResolveSpans: 'boolean',
  ignoreTrivialResolveSpans: 'boolean',
  flatResolveSpans: 'boolean',
}

/** What can be said in words, by instrumentation. Those that are not here take anything: nothing is checked. */
export const KNOWN: Readonly<Record<string, Known>> = {
  http: HTTP,
  undici: HTTP,
  'http-otel': HTTP_OTEL,
  'undici-otel': {
    requireParentforSpans: 'boolean',
    'headersToSpanAttributes.requestHeaders': 'list',
    'headersToSpanAttributes.responseHeaders': 'list',
  },
  grpc: {
    ignoreGrpcMethods: 'list',
    'metadataToSpanAttributes.server.requestMetadata': 'list',
    'metadataToSpanAttributes.server.responseMetadata': 'list',
    'metadataToSpanAttributes.client.requestMetadata': 'list',
    'metadataToSpanAttributes.client.responseMetadata': 'list',
  },
  'aws-sdk': {
    suppressInternalInstrumentation: 'boolean',
    sqsExtractContextPropagationFromPayload: 'boolean',
  },
  amqplib: { consumeTimeoutMs: 'number', useLinksForConsume: 'boolean' },
  kafkajs: { recordMessageKey: 'boolean' },
  pg: {
    ...DATABASE,
    ignoreConnectSpans: 'boolean',
    addSqlCommenterCommentToQueries: 'boolean',
    enableTraceContextPropagation: 'boolean',
  },
  mysql: { enhancedDatabaseReporting: 'boolean' },
  mysql2: { maskStatement: 'boolean', addSqlCommenterCommentToQueries: 'boolean' },
  mongodb: { ...DATABASE, ...STATEMENT },
  mongoose: { ...STATEMENT, suppressInternalInstrumentation: 'boolean' },
  redis: STATEMENT,
  ioredis: STATEMENT,
  memcached: { enhancedDatabaseReporting: 'boolean' },
  'cassandra-driver': { enhancedDatabaseReporting: 'boolean', maxQueryLength: 'number' },
  oracledb: { ...DATABASE, dbStatementDump: 'boolean', propagateTraceContextToSessionAction: 'boolean' },
  tedious: { enableTraceContextPropagation: 'boolean' },
  knex: { maxQueryLength: 'number', requireParentSpan: 'boolean' },
  graphql: { allowValues: 'boolean' },
  'graphql-otel': GRAPHQL,
  'express-otel': { ignoreLayers: 'list', ignoreLayersType: 'list' },
  'koa-otel': { ignoreLayersType: 'list' },
  'socket.io': { emitIgnoreEventList: 'list', onIgnoreEventList: 'list', traceReserved: 'boolean' },
  openai: { captureMessageContent: 'boolean' },
  dataloader: { requireParentSpan: 'boolean' },
  dns: { ignoreHostnames: 'list' },
  fs: { requireParentSpan: 'boolean' },
  winston: LOGGER,
  bunyan: LOGGER,
  'runtime-node': { monitoringPrecision: 'number', captureUncaughtException: 'boolean' },
  'host-metrics': { metricGroups: 'list' },
}

/**
 * Options of instrumentations: those of the file, over them those of variables, over them those of code.
 *
 * @param variables that begin with PREFIX
 * @param files as it is there: any keys, any values
 * @param code the same; values that are no plain data, such as functions, are handed on as they are
 */
export function readInstrumentations(
  variables: ReadonlyMap<string, string>,
  files: readonly FileInstrumentations[],
  problems: Problem[],
  code?: FileInstrumentations,
): Config {
  const config: Config = {}
  for (const file of files) takeTrees(config, file, problems)
  for (const [variable, text] of variables) {
    const rest = variable.slice(PREFIX.length)
    const given = { text, from: variable }
    const name = longestName(rest)
    if (name === undefined) {
      problems.push(problem({ text: '', from: variable }, 'no instrumentation', ROW))
      continue
    }
    const path = rest.slice(upperSnake(name).length + 1)
    const known = KNOWN[name]
    if (known) take(config, name, known, path, given, problems)
    else set(config, name, camel(path), guessed(text))
  }
  if (code) takeTrees(config, code, problems)
  return config
}

function takeTrees(config: Config, file: FileInstrumentations, problems: Problem[]): void {
  for (const [name, tree] of Object.entries(file.config)) {
    const known = KNOWN[name]
    if (!isIntegration(name)) {
      problems.push(problem({ text: name, from: file.from(name) }, 'instrumentation', ROW))
      continue
    }
    for (const [path, value] of leaves(tree, '')) {
      const given = { text: textOf(value), from: file.from(`${name}.${path}`) }
      if (known && !isOpaque(value)) take(config, name, known, path, given, problems)
      else set(config, name, path, value)
    }
  }
}

/** `path` in any spelling: `ignorePaths`, `ignore_paths`, `IGNORE_PATHS`. */
function take(
  config: Config,
  name: string,
  known: Known,
  path: string,
  given: Given,
  problems: Problem[],
): void {
  const wanted = upperSnake(path)
  const option = Object.keys(known).find((key) => upperSnake(key) === wanted)
  if (option === undefined) {
    const allowed = Object.keys(known).map((key) => (given.from.startsWith(PREFIX) ? upperSnake(key) : key))
    const row: Row = { env: name, kind: 'names', allowed }
    problems.push(problem({ text: path, from: given.from }, 'option', row))
    return
  }
  const value = valueOf(known[option]!, given.text)
  if (value !== undefined) return set(config, name, option, value)
  const kind = known[option]!
  const row: Row =
    typeof kind === 'string'
      ? { env: name, kind: kind as Row['kind'] }
      : { env: name, kind: 'choice', allowed: kind }
  const is = typeof kind === 'string' ? kind : 'choice'
  problems.push(problem(given, is, row))
}

function valueOf(kind: Kind, text: string): unknown {
  const trimmed = text.trim()
  if (typeof kind !== 'string') return kind.find((word) => word === trimmed.toLowerCase())
  if (kind === 'list') return items(trimmed)
  if (kind === 'text') return trimmed
  if (kind === 'boolean')
    return /^(?:true|false)$/i.test(trimmed) ? trimmed.toLowerCase() === 'true' : undefined
  const number = Number(trimmed)
  return trimmed !== '' && Number.isFinite(number) ? number : undefined
}

/** For instrumentations of which nothing is known. */
function guessed(text: string): unknown {
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  if (text !== '' && Number.isFinite(Number(text))) return Number(text)
  return text.includes(',') ? items(text) : text
}

function problem(given: Given, is: string, row: Row): Problem {
  return { code: 'WAYBILL_BAD_VALUE', given, wrong: { is }, row, used: 'the default' }
}

function set(config: Config, name: string, path: string, value: unknown): void {
  let tree: Record<string, unknown> = (config[name] ??= {})
  const keys = path.split('.')
  for (const key of keys.slice(0, -1)) {
    const next = Object.hasOwn(tree, key) ? tree[key] : undefined
    tree = (tree[key] = typeof next === 'object' && next !== null ? next : {}) as Record<string, unknown>
  }
  tree[keys.at(-1)!] = value
}

/** Values that are no mappings, each with its path. */
function* leaves(tree: Readonly<Record<string, unknown>>, path: string): Generator<[string, unknown]> {
  for (const [key, value] of Object.entries(tree)) {
    if (key === '__proto__' || value === null || value === undefined) continue
    const at = path === '' ? key : `${path}.${key}`
    if (typeof value === 'object' && !Array.isArray(value) && !isOpaque(value))
      yield* leaves(value as Record<string, unknown>, at)
    else yield [at, value]
  }
}

/** A function, or an object of a class such as a RegExp: only code can give it. */
function isOpaque(value: unknown): boolean {
  if (typeof value === 'function') return true
  if (Array.isArray(value)) return value.some(isOpaque)
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype !== null && Object.getPrototypeOf(prototype) !== null
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(',') : String(value)
}

/** For the nearest name. */
const ROW: Row = { env: PREFIX, kind: 'list' }
const NAMES: readonly string[] = INTEGRATIONS.map(({ name }) => name)

function isIntegration(name: string): boolean {
  return NAMES.includes(name)
}

/** `HTTP_OTEL_…` is of `http-otel`, not of `http`. */
function longestName(rest: string): string | undefined {
  return NAMES.filter((name) => rest.startsWith(`${upperSnake(name)}_`)).toSorted(
    (a, b) => b.length - a.length,
  )[0]
}

/** `captureHeaders.server` → `CAPTURE_HEADERS_SERVER` */
export function upperSnake(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z\d]+/g, '_')
    .toUpperCase()
}

function camel(path: string): string {
  return path.toLowerCase().replace(/_([a-z\d])/g, (_, letter: string) => letter.toUpperCase())
}
