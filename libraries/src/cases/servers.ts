import type { Case } from './case.ts'

const EXPRESS = {
  integration: 'express',
  imports: [['express', 'express']],
  fixture: 'express.cjs',
  spans: `
      client GET
        server GET /hello [/hello]
      client GET
        server GET /shops/:shop/items/:id [/shops/:shop/items/:id]
      client GET !
        server GET`,
} as const

/** Web frameworks: the route names the server's span. */
export const SERVERS: readonly Case[] = [
  { ...EXPRESS, name: 'express 5', library: 'express 5' },
  { ...EXPRESS, name: 'express 4', library: 'express 4', folder: 'older' },
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
]
