import type { Case } from './case.ts'

const GRAPHQL = {
  integration: 'graphql',
  imports: [['{ graphql, buildSchema }', 'graphql']],
  fixture: 'graphql.cjs',
  spans: `
      internal query !
      internal query FindItem
        internal find`,
} as const

/** Remote calls of other kinds. */
export const CALLS: readonly Case[] = [
  { ...GRAPHQL, name: 'graphql 17', library: 'graphql 17' },
  { ...GRAPHQL, name: 'graphql 16', library: 'graphql 16', folder: 'older' },
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
]
