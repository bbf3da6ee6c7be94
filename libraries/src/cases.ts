export type System = 'CommonJS' | 'ES module'

/** A library in the form that apps use it, and the spans that are to come of it. */
export interface Case {
  /** Unique; the service name of its telemetry. */
  readonly name: string
  /** The short name of the instrumentation it proves. */
  readonly integration: string
  /** What the documentation calls it. */
  readonly library: string
  /** Binding, as in an import statement, and module. */
  readonly imports: readonly (readonly [binding: string, module: string])[]
  /** The body, in fixtures/. */
  readonly fixture: string
  /** The spans: kind, name, `[route]` and `!` for an error, indented below their parent. */
  readonly spans: string
  /** Every line on stdout is JSON with the ids of the server's span. */
  readonly ids?: true
  /** What it needs besides itself. Redis: where there is none, a stand-in takes its place. */
  readonly needs?: 'postgres' | 'kafka' | 'redis'
  readonly env?: Readonly<Record<string, string>>
  /** The folder it runs in. @default '.' */
  readonly folder?: string
  /** @default both */
  readonly systems?: readonly System[]
  /** For the documentation. */
  readonly note?: string
}

const ONE_CALL = `
  client GET
    server GET`

const UNLESS_NAMED = 'off unless `OTEL_NODE_ENABLED_INSTRUMENTATIONS` names it'
const NO_REDIS = '`redis-server` where it is on PATH, else a stand-in'

const BOTH: readonly System[] = ['CommonJS', 'ES module']

export const systemsOf = ({ systems = BOTH }: Case): readonly System[] => systems

export const CASES: readonly Case[] = [
  {
    name: 'http',
    integration: 'http',
    library: 'node:http',
    imports: [['http', 'node:http']],
    fixture: 'http.cjs',
    spans: ONE_CALL,
  },
  {
    name: 'https',
    integration: 'http',
    library: 'node:https',
    imports: [['https', 'https']],
    fixture: 'https.cjs',
    spans: ONE_CALL,
  },
  {
    name: 'fetch',
    integration: 'undici',
    library: 'fetch',
    imports: [['http', 'node:http']],
    fixture: 'fetch.cjs',
    spans: ONE_CALL,
  },
  {
    name: 'undici',
    integration: 'undici',
    library: 'undici',
    imports: [
      ['http', 'node:http'],
      ['{ request }', 'undici'],
    ],
    fixture: 'undici.cjs',
    spans: ONE_CALL,
  },
  {
    name: 'express 5',
    integration: 'express',
    library: 'express 5',
    imports: [['express', 'express']],
    fixture: 'express.cjs',
    spans: `
      client GET
        server GET /hello [/hello]
      client GET
        server GET /shops/:shop/items/:id [/shops/:shop/items/:id]
      client GET !
        server GET`,
  },
  {
    name: 'express 4',
    integration: 'express',
    library: 'express 4',
    imports: [['express', 'express']],
    fixture: 'express.cjs',
    folder: 'older',
    spans: `
      client GET
        server GET /hello [/hello]
      client GET
        server GET /shops/:shop/items/:id [/shops/:shop/items/:id]
      client GET !
        server GET`,
  },
  {
    name: 'fastify',
    integration: 'fastify',
    library: 'fastify 5',
    imports: [['Fastify', 'fastify']],
    fixture: 'fastify.cjs',
    spans: `
      client GET
        server GET /items/:id [/items/:id]
      client GET !
        server GET`,
  },
  {
    name: 'koa',
    integration: 'koa',
    library: 'koa 3 with @koa/router',
    imports: [
      ['Koa', 'koa'],
      ['{ Router }', '@koa/router'],
    ],
    fixture: 'koa.cjs',
    spans: `
      client GET
        server GET /items/:id [/items/:id]
      client GET !
        server GET`,
  },
  {
    name: 'hapi',
    integration: 'hapi',
    library: '@hapi/hapi 21',
    imports: [['Hapi', '@hapi/hapi']],
    fixture: 'hapi.cjs',
    spans: `
      client GET
        server GET /items/{id} [/items/{id}]
      client GET !
        server GET`,
  },
  {
    name: 'nest',
    integration: 'express',
    library: '@nestjs/core 11 on express',
    imports: [
      ['{ NestFactory }', '@nestjs/core'],
      ['{ Controller, Get, Param, Module }', '@nestjs/common'],
    ],
    fixture: 'nest.cjs',
    spans: `
      client GET
        server GET /items/:id [/items/:id]`,
  },
  {
    name: 'restify',
    integration: 'restify',
    library: 'restify 12',
    imports: [['restify', 'restify']],
    fixture: 'restify.cjs',
    spans: `
      client GET
        server GET /items/:id [/items/:id]
      client GET !
        server GET`,
  },
  {
    name: 'connect',
    integration: 'connect',
    library: 'connect 3',
    imports: [['connect', 'connect']],
    fixture: 'connect.cjs',
    spans: `
      client GET
        server GET /items [/items]
      client GET !
        server GET`,
    note: 'connect has no routes: the path that the handler is mounted under',
  },
  {
    name: 'graphql 17',
    integration: 'graphql',
    library: 'graphql 17',
    imports: [['{ graphql, buildSchema }', 'graphql']],
    fixture: 'graphql.cjs',
    spans: `
      internal query !
      internal query FindItem
        internal find`,
  },
  {
    name: 'graphql 16',
    integration: 'graphql',
    library: 'graphql 16',
    imports: [['{ graphql, buildSchema }', 'graphql']],
    fixture: 'graphql.cjs',
    folder: 'older',
    spans: `
      internal query !
      internal query FindItem
        internal find`,
  },
  {
    name: 'socket.io',
    integration: 'socket.io',
    library: 'socket.io 4',
    imports: [['{ Server }', 'socket.io']],
    fixture: 'socket.io.cjs',
    spans: `
      client GET
      consumer receive /
        producer send /`,
  },
  {
    name: 'grpc',
    integration: 'grpc',
    library: '@grpc/grpc-js',
    imports: [['* as grpc', '@grpc/grpc-js']],
    fixture: 'grpc.cjs',
    spans: `
      client grpc.shop.Items/Find
        server grpc.shop.Items/Find`,
  },
  {
    name: 'pg',
    integration: 'pg',
    library: 'pg 8',
    imports: [['{ Client, Pool }', 'pg']],
    fixture: 'pg.cjs',
    needs: 'postgres',
    spans: `
      internal app
        client pg.query:SELECT postgres
        client pg.query:SELECT postgres
        client pg.query:SELECT postgres !`,
  },
  {
    name: 'mysql2',
    integration: 'mysql2',
    library: 'mysql2 3',
    imports: [['mysql', 'mysql2']],
    fixture: 'mysql2.cjs',
    note: 'to a port that refuses',
    spans: `
      internal app
        client SELECT !`,
  },
  {
    name: 'mysql',
    integration: 'mysql',
    library: 'mysql 2',
    imports: [['mysql', 'mysql']],
    fixture: 'mysql2.cjs',
    note: 'to a port that refuses',
    spans: `
      internal app
        client SELECT !`,
  },
  {
    name: 'mongodb',
    integration: 'mongodb',
    library: 'mongodb 7',
    imports: [['{ MongoClient, BSON }', 'mongodb']],
    fixture: 'mongodb.cjs',
    note: 'to a stand-in that answers as a server does',
    spans: `
      internal app
        client insert orders`,
  },
  {
    name: 'mongoose',
    integration: 'mongoose',
    library: 'mongoose 9',
    imports: [['mongoose', 'mongoose']],
    fixture: 'mongoose.cjs',
    note: 'to a stand-in that answers as a server does',
    spans: `
      internal app
        client save orders`,
  },
  {
    name: 'ioredis',
    integration: 'ioredis',
    library: 'ioredis 6',
    imports: [['{ Redis }', 'ioredis']],
    fixture: 'ioredis.cjs',
    needs: 'redis',
    note: NO_REDIS,
    spans: `
      internal app
        client get
        client incr !
        client set`,
  },
  {
    name: 'redis',
    integration: 'redis',
    library: 'redis 6',
    imports: [['{ createClient }', 'redis']],
    fixture: 'redis.cjs',
    needs: 'redis',
    note: NO_REDIS,
    spans: `
      internal app
        client redis-GET
        client redis-INCR !
        client redis-SET
        client redis-connect`,
  },
  {
    name: 'knex',
    integration: 'knex',
    library: 'knex 3',
    imports: [['knex', 'knex']],
    fixture: 'knex.cjs',
    needs: 'postgres',
    note: 'a span of its own only where the driver below has none',
    spans: `
      internal app
        client pg.query:SELECT postgres
        client pg.query:SELECT postgres
      internal app
        client select shop.orders`,
  },
  {
    name: 'kafkajs',
    integration: 'kafkajs',
    library: 'kafkajs 2',
    imports: [['{ Kafka, logLevel }', 'kafkajs']],
    fixture: 'kafkajs.cjs',
    needs: 'kafka',
    note: 'consumers: packages/node/test/process/preload.test.ts',
    spans: `
      internal app
        producer send orders`,
  },
  {
    name: 'amqplib',
    integration: 'amqplib',
    library: 'amqplib 2',
    imports: [['{ connect }', 'amqplib']],
    fixture: 'amqplib.cjs',
    note: 'to a stand-in that answers as a server does',
    spans: `
      internal app
        producer publish orders`,
  },
  {
    name: 'pino',
    integration: 'pino',
    library: 'pino 10',
    imports: [['{ pino }', 'pino']],
    fixture: 'logger.cjs',
    ids: true,
    spans: ONE_CALL,
  },
  {
    name: 'winston',
    integration: 'winston',
    library: 'winston 3',
    imports: [['winston', 'winston']],
    fixture: 'logger.cjs',
    ids: true,
    spans: ONE_CALL,
  },
  {
    name: 'bunyan 2',
    integration: 'bunyan',
    library: 'bunyan 2',
    imports: [['bunyan', 'bunyan']],
    fixture: 'logger.cjs',
    ids: true,
    spans: ONE_CALL,
  },
  {
    name: 'bunyan 1',
    integration: 'bunyan',
    library: 'bunyan 1',
    imports: [['bunyan', 'bunyan']],
    fixture: 'logger.cjs',
    folder: 'older',
    ids: true,
    spans: ONE_CALL,
  },
  {
    name: 'generic-pool',
    integration: 'generic-pool',
    library: 'generic-pool 3',
    imports: [['{ createPool }', 'generic-pool']],
    fixture: 'generic-pool.cjs',
    env: { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'generic-pool' },
    note: UNLESS_NAMED,
    spans: `
      internal app
        internal generic-pool.acquire`,
  },
  {
    name: 'dataloader',
    integration: 'dataloader',
    library: 'dataloader 2',
    imports: [['DataLoader', 'dataloader']],
    fixture: 'dataloader.cjs',
    spans: `
      internal app
        internal dataloader.batch items`,
  },
  {
    name: 'lru-memoizer',
    integration: 'lru-memoizer',
    library: 'lru-memoizer 3',
    imports: [['memoizer', 'lru-memoizer']],
    fixture: 'lru-memoizer.cjs',
    note: 'no spans: those who wait for a value keep their own context',
    spans: `
      internal app
        internal first
      internal app
        internal second`,
  },
  {
    name: 'aws-sdk',
    integration: 'aws-sdk',
    library: '@aws-sdk/* 3',
    imports: [['{ SQSClient, SendMessageCommand }', '@aws-sdk/client-sqs']],
    fixture: 'aws-sdk.cjs',
    note: 'SQS, to a local HTTP server',
    spans: `
      producer orders send
      server POST`,
  },
  {
    name: 'openai',
    integration: 'openai',
    library: 'openai 6',
    imports: [['{ OpenAI }', 'openai']],
    fixture: 'openai.cjs',
    note: 'to a local HTTP server',
    spans: `
      client chat small
        client POST
          server POST`,
  },
  {
    name: 'aws-lambda',
    integration: 'aws-lambda',
    library: 'AWS Lambda handler',
    imports: [],
    fixture: 'lambda.cjs',
    env: { LAMBDA_TASK_ROOT: 'fixtures/lambda-task', _HANDLER: 'lambda-handler.handler' },
    systems: ['CommonJS'],
    note: 'handlers that are ES modules are not traced',
    spans: `
      server orders`,
  },
  {
    name: 'dns',
    integration: 'dns',
    library: 'node:dns',
    imports: [['dns', 'node:dns']],
    fixture: 'core.cjs',
    env: { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'dns' },
    note: UNLESS_NAMED,
    spans: `
      client dns.lookup
      internal app
        client dns.lookup`,
  },
  {
    name: 'fs',
    integration: 'fs',
    library: 'node:fs',
    imports: [['fs', 'node:fs']],
    fixture: 'core.cjs',
    env: { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'fs' },
    note: UNLESS_NAMED,
    spans: `
      internal app
        internal fs stat`,
  },
  {
    name: 'net',
    integration: 'net',
    library: 'node:net',
    imports: [['net', 'node:net']],
    fixture: 'core.cjs',
    env: { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'net' },
    note: UNLESS_NAMED,
    spans: `
      internal app
        internal tcp.connect`,
  },
  {
    name: 'express-otel',
    integration: 'express-otel',
    library: 'express 5, each middleware',
    imports: [['express', 'express']],
    fixture: 'express.cjs',
    env: { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,express-otel' },
    note: UNLESS_NAMED,
    spans: `
      server GET
        internal middleware - <anonymous>
      server GET /hello [/hello]
        internal middleware - <anonymous>
        internal request handler [/hello]
      server GET /shops/:shop/items/:id [/shops/:shop/items/:id]
        internal middleware - <anonymous>
        internal request handler [/shops/:shop/items/:id]
        internal router - /:id [/shops/:shop/items]`,
  },
  {
    name: 'fastify-otel',
    integration: 'fastify-otel',
    library: 'fastify 5, each hook',
    imports: [['Fastify', 'fastify']],
    fixture: 'fastify.cjs',
    env: { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,fastify-otel' },
    note: UNLESS_NAMED,
    spans: `
      server GET
        internal request
          internal onRequest - fastify -> @fastify/otel
      server GET /items/:id [/items/:id]
        internal request [/items/:id]
          internal handler - items [/items/:id]
          internal onRequest - items`,
  },
  {
    name: 'nestjs-core',
    integration: 'nestjs-core',
    library: '@nestjs/core 11, each step',
    imports: [
      ['{ NestFactory }', '@nestjs/core'],
      ['{ Controller, Get, Param, Module }', '@nestjs/common'],
    ],
    fixture: 'nest.cjs',
    env: { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,express,nestjs-core' },
    note: UNLESS_NAMED,
    spans: `
      internal Create Nest App
      server GET /items/:id [/items/:id]
        internal Items.find [/items/:id]
          internal find`,
  },
]
