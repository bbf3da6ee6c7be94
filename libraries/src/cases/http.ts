import type { Case } from './case.ts'
import { ONE_CALL } from './common.ts'

/** Requests that come in and go out by Node itself. */
export const HTTP: readonly Case[] = [
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
]
