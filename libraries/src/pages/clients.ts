import { WRAPPED, type Page } from './page.ts'

/** Clients of other services. */
export const CLIENTS: readonly Page[] = [
  { name: 'fetch', imports: [['* as undici', 'undici']], file: 'fetch.cjs' },
  {
    name: 'grpc',
    imports: [['* as grpc', '@grpc/grpc-js']],
    file: 'grpc.cjs',
    differs: [
      WRAPPED,
      {
        line: /^. (call|client|done|listeners): /,
        reason: 'listeners of the instrumentation on each call, and its callback',
      },
      { line: /^. metadata kept: /, reason: "the context is written on the app's own metadata" },
      { line: /^. bad: /, reason: 'a call with wrong arguments throws at once' },
    ],
  },
  {
    name: 'socket.io',
    imports: [
      ['{ Server }', 'socket.io'],
      ['{ connect }', 'socket.io-client'],
    ],
    file: 'socket.io.cjs',
    differs: [WRAPPED],
  },
  {
    name: 'aws-sdk',
    imports: [['* as sqs', '@aws-sdk/client-sqs']],
    file: 'aws-sdk.cjs',
    differs: [
      WRAPPED,
      { line: /^. (no input|aborted): /, reason: 'the stack of an error does not reach into the app' },
    ],
  },
  {
    name: 'openai',
    imports: [['* as openai', 'openai']],
    file: 'openai.cjs',
    differs: [WRAPPED],
  },
]
