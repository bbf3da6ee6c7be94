import { createRequire } from 'node:module'
import { extname } from 'node:path'
import type { Context, ContextManager } from '@opentelemetry/api'

const require = createRequire(import.meta.filename)

/**
 * Read a file of this package when it is first used; where spans for files are asked for, none is made of it.
 *
 * @param path from the folder of the sources, without extension: the published form keeps the folders
 */
export function load(path: string): unknown {
  const file = `./${path}${extname(import.meta.filename)}`
  // The API's own place, as reading the API would cost the start of every process.
  const manager = (globalThis as { [API]?: { readonly context?: ContextManager } })[API]?.context
  if (!manager) return require(file)
  const untraced: Context = manager.active().setValue(SUPPRESSED, true)
  return manager.with(untraced, () => require(file) as unknown)
}

const API = Symbol.for('opentelemetry.js.api.1')
/** See suppressTracing() of @opentelemetry/core. */
const SUPPRESSED = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING')
