export { correlate } from './correlate.ts'
export { createLogger } from './logger.ts'
export type { LoggerOptions } from './logger.ts'
