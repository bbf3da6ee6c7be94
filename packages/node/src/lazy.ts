import { createRequire } from 'node:module'
import { extname } from 'node:path'
import type { ContextManager } from '@opentelemetry/api'

const EXTENSION = extname(import.meta.filename)
// What the published form has as `require` knows of compiled code (code-cache.ts). From source there is none, but
// with `--eval` that of the app.
const read = EXTENSION === '.js' ? require : createRequire(import.meta.filename)

/**
 * Read a file of this package when it is first used; where spans for files are asked for, none is made of it.
 *
 * @param path from the folder of the sources, without extension: the published form keeps the folders
 */
export function load(path: string): unknown {
  return untraced(() => read(`./${path}${EXTENSION}`) as unknown)
}

/** No spans are made of what `work` does. */
export function untraced<Result>(work: () => Result): Result {
  // The API's own place, as reading the API would cost the start of every process.
  const manager = (globalThis as { [API]?: { readonly context?: ContextManager } })[API]?.context
  return manager ? manager.with(manager.active().setValue(SUPPRESSED, true), work) : work()
}

const API = Symbol.for('opentelemetry.js.api.1')
/** See suppressTracing() of @opentelemetry/core. */
const SUPPRESSED = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING')
