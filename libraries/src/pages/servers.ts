import type { Page } from './page.ts'

/** HTTP servers and frameworks. */
export const SERVERS: readonly Page[] = [
  {
    name: 'node:http, servers',
    imports: [['http', 'node:http']],
    file: 'http-server.cjs',
    differs: [{ line: /^. listeners: /, reason: 'one more listener to `close` of each socket' }],
  },
  {
    name: 'node:http, clients',
    imports: [
      ['http', 'node:http'],
      ['https', 'https'],
    ],
    file: 'http-client.cjs',
    differs: [{ line: /^. (request|response): /, reason: 'one more listener to `close` of each request' }],
  },
  { name: 'express 5', imports: [['express', 'express']], file: 'express.cjs' },
  { name: 'express 4', imports: [['express', 'express']], file: 'express.cjs', folder: 'older' },
  { name: 'fastify', imports: [['Fastify', 'fastify']], file: 'fastify.cjs' },
  {
    name: 'koa',
    imports: [
      ['Koa', 'koa'],
      ['{ Router }', '@koa/router'],
    ],
    file: 'koa.cjs',
  },
  { name: 'hapi', imports: [['Hapi', '@hapi/hapi']], file: 'hapi.cjs' },
  {
    name: 'nest',
    imports: [
      ['{ NestFactory }', '@nestjs/core'],
      ['common', '@nestjs/common'],
    ],
    file: 'nest.cjs',
  },
  { name: 'restify', imports: [['restify', 'restify']], file: 'restify.cjs' },
  { name: 'connect', imports: [['connect', 'connect']], file: 'connect.cjs' },
]
