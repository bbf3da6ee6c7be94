import { readEnum, readList, readString, type Env } from '@waybill/core'
import { pino, type DestinationStream, type Logger } from 'pino'
import { consoleStream } from './console.ts'
import { correlate } from './correlate.ts'

export interface LoggerOptions {
  /** The part of the app that speaks; in every line as `module`. */
  module?: string
  /** @default LOG_LEVEL, or what WAYBILL_LOG_LEVELS says of the module, else `info` */
  level?: string
  /** @default WAYBILL_LOG_FORMAT, else `console` on a terminal outside production, else `json` */
  format?: 'json' | 'console'
  /** Where lines go. @default stdout, written synchronously */
  destination?: DestinationStream
  /** Fields of every line. */
  bindings?: Record<string, unknown>
  /** @default process.env */
  env?: Env
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

/** A pino logger with the ids of trace and operation in its lines, whether or not the preload is there. */
export function createLogger(options: string | LoggerOptions = {}): Logger {
  const { env = process.env, ...given } = typeof options === 'string' ? { module: options } : options
  const { module, level = envLevel(env, module), format = envFormat(env), bindings } = given
  // Synchronous: what process.exit(), a signal or a crash finds written is all there is.
  const out = given.destination ?? pino.destination({ dest: 1, sync: true })
  const logger = correlate(pino({ level }, format === 'console' ? consoleStream(out) : out))
  return module === undefined && bindings === undefined
    ? logger
    : logger.child({ ...(module === undefined ? {} : { module }), ...bindings })
}

function envFormat(env: Env): 'json' | 'console' {
  const development = process.stdout.isTTY && env['NODE_ENV'] !== 'production'
  return readEnum(env, 'WAYBILL_LOG_FORMAT', ['json', 'console'], development ? 'console' : 'json')
}

/** A level for the module by name, else the general one. */
function envLevel(env: Env, module: string | undefined): string {
  const general = readLevel(env, 'LOG_LEVEL', readString(env, 'LOG_LEVEL'), 'info')
  if (module === undefined) return general
  const own = readList(env, 'WAYBILL_LOG_LEVELS')
    ?.map((item) => item.split('='))
    .find(([name]) => name?.trim() === module)
  return own ? readLevel(env, 'WAYBILL_LOG_LEVELS', own[1], general) : general
}

function readLevel(env: Env, variable: string, text: string | undefined, fallback: string): string {
  return readEnum<string>({ ...env, [variable]: text?.toLowerCase() }, variable, LEVELS, fallback)
}
