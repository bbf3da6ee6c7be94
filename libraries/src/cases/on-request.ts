import type { Case } from './case.ts'
import { named } from './common.ts'

/** Off unless named. */
export const ON_REQUEST: readonly Case[] = [
  core(
    'dns',
    `
      client dns.lookup
      internal app
        client dns.lookup`,
  ),
  core(
    'fs',
    `
      internal app
        internal fs stat`,
  ),
  core(
    'net',
    `
      internal app
        internal tcp.connect`,
  ),
  {
    name: 'express-otel',
    integration: 'express-otel',
    library: 'express 5, each middleware',
    imports: [['express', 'express']],
    fixture: 'express.cjs',
    ...named('http', 'express-otel'),
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
    ...named('http', 'fastify-otel'),
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
    ...named('http', 'express', 'nestjs-core'),
    spans: `
      internal Create Nest App
      server GET /items/:id [/items/:id]
        internal Items.find [/items/:id]
          internal find`,
  },
]

/** A module of Node's own. */
function core(name: string, spans: string): Case {
  return {
    name,
    integration: name,
    library: `node:${name}`,
    imports: [[name, `node:${name}`]],
    fixture: 'core.cjs',
    ...named(name),
    spans,
  }
}
