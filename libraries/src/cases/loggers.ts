import type { Case } from './case.ts'
import { ONE_CALL } from './common.ts'

/** Loggers: the ids are in the lines. */
export const LOGGERS: readonly Case[] = [
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
]
