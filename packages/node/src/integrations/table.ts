// Which library is traced by what. Data only: the preload reads it in every process.

export interface Integration {
  /** As in `OTEL_NODE_ENABLED_INSTRUMENTATIONS`. */
  readonly name: string
  /** The module names whose loading brings the integration in. None: it measures the process itself. */
  readonly modules: readonly string[]
  /** Package (or file of this folder) and export of the instrumentation class. Without: a lighter one, see activate.ts. */
  readonly from?: readonly [pkg: string, className: string]
  /** A lighter one that patches something in those modules. */
  readonly patches?: true
  /** Configuration for few, useful spans. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Off unless `OTEL_NODE_ENABLED_INSTRUMENTATIONS` names it: a span for each socket or file helps few. */
  readonly onRequest?: true
  /** Patches nothing in those modules. */
  readonly listens?: true
  /** Where the library goes on as it was beyond what the instrumentation names. */
  readonly versions?: readonly string[]
  /** Environment variables without which it has nothing to trace. */
  readonly needs?: readonly string[]
}

const upstream = (
  name: string,
  className: string,
  modules: string[] = [name],
  more: Partial<Integration> = {},
): Integration => ({
  name,
  modules,
  from: [`@opentelemetry/instrumentation-${name}`, className],
  ...more,
})

/** A file of this folder. */
const own = (
  name: string,
  className: string,
  modules: string[] = [name],
  more: Partial<Integration> = {},
): Integration => ({ name, modules, from: [`./${name}.ts`, className], ...more })

/** A LibraryPatch. */
const patch = (name: string, module = name): Integration => ({ name, modules: [module], patches: true })

/** Upstream's instrumentation with a span for each middleware or step, where ours has fewer. */
const full = (
  name: string,
  className: string,
  modules: string[] = [name],
  from = `@opentelemetry/instrumentation-${name}`,
  config: Integration['config'] = {},
): Integration => ({ name: `${name}-otel`, modules, from: [from, className], config, onRequest: true })

export const INTEGRATIONS: readonly Integration[] = [
  // Ours.
  patch('kafkajs'),
  patch('pino'),

  // One span for each request that comes in or goes out.
  { name: 'http', modules: ['http', 'https'], listens: true },
  { name: 'undici', modules: ['undici'], listens: true },
  upstream('grpc', 'GrpcInstrumentation', ['@grpc/grpc-js']),
  // The runtime of AWS loads `http` before the handler, whose file no table can name.
  upstream('aws-lambda', 'AwsLambdaInstrumentation', ['http', 'https'], {
    needs: ['LAMBDA_TASK_ROOT', '_HANDLER'],
    listens: true,
  }),

  // The route names the server's span; no spans for middleware. Nest's routes are those of express or fastify.
  patch('express'),
  { name: 'fastify', modules: ['fastify'] },
  patch('koa'),
  patch('hapi', '@hapi/hapi'),
  { name: 'restify', modules: ['restify'] },
  { name: 'connect', modules: ['connect'] },

  // Databases, caches, queues, remote calls.
  upstream('pg', 'PgInstrumentation', ['pg', 'pg-pool'], { config: { ignoreConnectSpans: true } }),
  upstream('mysql', 'MySQLInstrumentation'),
  // Values belong to the app's users: the query is shown without them.
  upstream('mysql2', 'MySQL2Instrumentation', ['mysql2'], { config: { maskStatement: true } }),
  upstream('mongodb', 'MongoDBInstrumentation'),
  upstream('mongoose', 'MongooseInstrumentation', ['mongoose'], {
    config: { suppressInternalInstrumentation: true },
  }),
  upstream('redis', 'RedisInstrumentation', ['redis', '@redis/client', '@node-redis/client']),
  upstream('ioredis', 'IORedisInstrumentation'),
  upstream('memcached', 'MemcachedInstrumentation'),
  upstream('cassandra-driver', 'CassandraDriverInstrumentation'),
  upstream('tedious', 'TediousInstrumentation'),
  upstream('oracledb', 'OracleInstrumentation'),
  own('knex', 'KnexInstrumentation'),
  upstream('amqplib', 'AmqplibInstrumentation'),
  own(
    'aws-sdk',
    'AwsInstrumentation',
    [
      '@aws-sdk/middleware-stack',
      '@aws-sdk/smithy-client',
      '@smithy/core',
      '@smithy/middleware-stack',
      '@smithy/smithy-client',
    ],
    { config: { suppressInternalInstrumentation: true } },
  ),
  own('graphql', 'GraphQLInstrumentation'),
  upstream('openai', 'OpenAIInstrumentation'),
  own('socket.io', 'SocketIoInstrumentation', ['socket.io'], {
    config: { onIgnoreEventList: ['connection', 'connect'] },
  }),
  patch('dataloader'),
  patch('lru-memoizer'),
  upstream('cucumber', 'CucumberInstrumentation', ['@cucumber/cucumber']),

  // Other loggers.
  upstream('winston', 'WinstonInstrumentation'),
  upstream('bunyan', 'BunyanInstrumentation', ['bunyan'], { versions: ['>=1.0.0 <3'] }),

  // No library to wait for: begun in a process that lives longer than a second.
  upstream('runtime-node', 'RuntimeNodeInstrumentation', []),
  upstream('host-metrics', 'HostMetricsInstrumentation', [], { onRequest: true }),

  // Of interest to few.
  upstream('net', 'NetInstrumentation', ['net'], { onRequest: true }),
  upstream('dns', 'DnsInstrumentation', ['dns', 'dns/promises'], { onRequest: true }),
  upstream('fs', 'FsInstrumentation', ['fs', 'fs/promises'], {
    onRequest: true,
    config: { requireParentSpan: true },
  }),
  upstream('generic-pool', 'GenericPoolInstrumentation', ['generic-pool'], { onRequest: true }),
  upstream('nestjs-core', 'NestInstrumentation', ['@nestjs/core'], { onRequest: true }),
  upstream('router', 'RouterInstrumentation', ['router'], { onRequest: true }),
  full('connect', 'ConnectInstrumentation'),
  full('dataloader', 'DataloaderInstrumentation'),
  full('express', 'ExpressInstrumentation'),
  full('fastify', 'FastifyOtelInstrumentation', ['fastify'], '@fastify/otel', {
    registerOnInitialization: true,
  }),
  full('graphql', 'GraphQLInstrumentation'),
  full('hapi', 'HapiInstrumentation', ['@hapi/hapi']),
  full('http', 'HttpInstrumentation', ['http', 'https']),
  full('knex', 'KnexInstrumentation'),
  full('koa', 'KoaInstrumentation'),
  full('restify', 'RestifyInstrumentation'),
  full('undici', 'UndiciInstrumentation'),
]

/** Their loading starts the SDK, and nothing is patched in them. */
export const API_MODULES: readonly string[] = [
  '@opentelemetry/api',
  '@opentelemetry/api-logs',
  '@waybill/core',
  '@waybill/kafka',
  '@waybill/pino',
  '@waybill/pipeline',
]
