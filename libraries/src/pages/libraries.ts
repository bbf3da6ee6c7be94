import { WRAPPED, type Page } from './page.ts'

/** What works inside the process. */
export const LIBRARIES: readonly Page[] = [
  {
    name: 'modules',
    imports: [],
    file: 'modules.cjs',
    silent: true,
    differs: [
      WRAPPED,
      {
        line: /^. live (?:knex|koa|express|pino|graphql): /,
        reason: 'import-in-the-middle copies what the main module of a traced ES library exports',
      },
    ],
  },
  { name: 'graphql 17', imports: [['* as graphql', 'graphql']], file: 'graphql.cjs' },
  {
    name: 'graphql 16',
    imports: [['* as graphql', 'graphql']],
    file: 'graphql.cjs',
    folder: 'older',
    differs: [WRAPPED],
  },
  { name: 'pino', imports: [['{ pino }', 'pino']], file: 'pino.cjs', silent: true },
  {
    name: 'winston',
    imports: [['winston', 'winston']],
    file: 'loggers.cjs',
    run: 'winston',
    silent: true,
    differs: [
      WRAPPED,
      { line: /^. symbols of a line: /, reason: 'the context of a line is kept on it, under a symbol' },
    ],
  },
  {
    name: 'bunyan 2',
    imports: [['bunyan', 'bunyan']],
    file: 'loggers.cjs',
    run: 'bunyan',
    silent: true,
    differs: [WRAPPED],
  },
  {
    name: 'bunyan 1',
    imports: [['bunyan', 'bunyan']],
    file: 'loggers.cjs',
    run: 'bunyan',
    folder: 'older',
    silent: true,
    differs: [WRAPPED],
  },
  {
    name: 'generic-pool',
    imports: [['genericPool', 'generic-pool']],
    file: 'small.cjs',
    run: 'genericPool',
    silent: true,
  },
  {
    name: 'dataloader',
    imports: [['DataLoader', 'dataloader']],
    file: 'small.cjs',
    run: 'dataloader',
  },
  {
    name: 'lru-memoizer',
    imports: [['memoizer', 'lru-memoizer']],
    file: 'small.cjs',
    run: 'memoizer',
    silent: true,
  },
]
