// Which library is traced by what. Data only: the preload reads it in every process.

export interface Integration {
  /** As in `OTEL_NODE_ENABLED_INSTRUMENTATIONS`. */
  readonly name: string
  /** The module names whose loading brings the integration in. None: it measures the process itself. */
  readonly modules: readonly string[]
  /** Package (or file of this folder) and export of the instrumentation class. Without: a listener of ours, see own.ts. */
  readonly from?: readonly [pkg: string, className: string]
  /** Configuration for few, useful spans. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Off unless `OTEL_NODE_ENABLED_INSTRUMENTATIONS` names it: a span for each socket or file helps few. */
  readonly onRequest?: true
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

export const INTEGRATIONS: readonly Integration[] = [
  // Ours.
  {
    name: 'kafkajs',
    modules: ['kafkajs'],
    from: ['@waybill/kafka/instrumentation', 'KafkaJsInstrumentation'],
  },
  { name: 'pino', modules: ['pino'], from: ['@waybill/pino/instrumentation', 'PinoInstrumentation'] },
  { name: 'fastify', modules: ['fastify'] },

  // One span for each request that comes in or goes out.
  upstream('http', 'HttpInstrumentation', ['http', 'https']),
  upstream('undici', 'UndiciInstrumentation'),
  upstream('grpc', 'GrpcInstrumentation', ['@grpc/grpc-js']),

  // The route names the server's span; no spans for middleware.
  { name: 'express', modules: ['express'], from: ['./express.ts', 'ExpressInstrumentation'] },
  upstream('koa', 'KoaInstrumentation', ['koa'], { config: { ignoreLayersType: ['middleware', 'router'] } }),
  upstream('hapi', 'HapiInstrumentation', ['@hapi/hapi']),
  upstream('nestjs-core', 'NestInstrumentation', ['@nestjs/core']),
  upstream('restify', 'RestifyInstrumentation'),
  upstream('connect', 'ConnectInstrumentation'),
  upstream('router', 'RouterInstrumentation', ['router'], { onRequest: true }),

  // Databases, caches, queues, remote calls.
  upstream('pg', 'PgInstrumentation', ['pg', 'pg-pool'], { config: { ignoreConnectSpans: true } }),
  upstream('mysql', 'MySQLInstrumentation'),
  upstream('mysql2', 'MySQL2Instrumentation'),
  upstream('mongodb', 'MongoDBInstrumentation'),
  upstream('mongoose', 'MongooseInstrumentation'),
  upstream('redis', 'RedisInstrumentation', ['redis', '@redis/client', '@node-redis/client']),
  upstream('ioredis', 'IORedisInstrumentation'),
  upstream('memcached', 'MemcachedInstrumentation'),
  upstream('cassandra-driver', 'CassandraDriverInstrumentation'),
  upstream('tedious', 'TediousInstrumentation'),
  upstream('oracledb', 'OracleInstrumentation'),
  upstream('knex', 'KnexInstrumentation'),
  upstream('amqplib', 'AmqplibInstrumentation'),
  upstream('aws-sdk', 'AwsInstrumentation', [
    'aws-sdk',
    '@aws-sdk/middleware-stack',
    '@smithy/middleware-stack',
    '@smithy/smithy-client',
  ]),
  upstream('graphql', 'GraphQLInstrumentation', ['graphql'], {
    config: { ignoreTrivialResolveSpans: true, ignoreResolveSpans: true },
  }),
  upstream('openai', 'OpenAIInstrumentation'),
  upstream('socket.io', 'SocketIoInstrumentation'),
  upstream('dataloader', 'DataloaderInstrumentation'),
  upstream('generic-pool', 'GenericPoolInstrumentation', ['generic-pool'], { onRequest: true }),
  upstream('lru-memoizer', 'LruMemoizerInstrumentation'),
  upstream('cucumber', 'CucumberInstrumentation', ['@cucumber/cucumber']),

  // Other loggers.
  upstream('winston', 'WinstonInstrumentation'),
  upstream('bunyan', 'BunyanInstrumentation'),

  // No library to wait for: begun in a process that lives longer than a second.
  upstream('runtime-node', 'RuntimeNodeInstrumentation', []),
  upstream('host-metrics', 'HostMetricsInstrumentation', [], { onRequest: true }),

  // Of interest to few.
  upstream('net', 'NetInstrumentation', ['net'], { onRequest: true }),
  upstream('dns', 'DnsInstrumentation', ['dns'], { onRequest: true }),
  upstream('fs', 'FsInstrumentation', ['fs'], { onRequest: true }),
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
