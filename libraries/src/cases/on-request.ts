import type { Case } from './case.ts'
import { UNLESS_NAMED } from './common.ts'

/** Off unless named. */
export const ON_REQUEST: readonly Case[] = [
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
