import type { Case } from './cases/case.ts'
import { CALLS } from './cases/calls.ts'
import { DATABASES } from './cases/databases.ts'
import { HTTP } from './cases/http.ts'
import { LOGGERS } from './cases/loggers.ts'
import { ON_REQUEST } from './cases/on-request.ts'
import { QUEUES } from './cases/queues.ts'
import { SERVERS } from './cases/servers.ts'
import { TOOLS } from './cases/tools.ts'

export { systemsOf } from './cases/case.ts'
export type { Case, System } from './cases/case.ts'

/** Each app of a few lines that proves a library's integration. */
export const CASES: readonly Case[] = [
  ...HTTP,
  ...SERVERS,
  ...CALLS,
  ...DATABASES,
  ...QUEUES,
  ...LOGGERS,
  ...TOOLS,
  ...ON_REQUEST,
]
