import { createRequire } from 'node:module'
import { extname } from 'node:path'
import type { Env } from '@waybill/core/env'
import { report, say } from '@waybill/core/report'
import type * as BootModule from './boot.ts'
import { reportConflicts } from './conflicts.ts'
import type * as ActivateModule from './integrations/activate.ts'
import { onFirstFetch, type FetchListener } from './integrations/fetch.ts'
import { installHooks } from './integrations/hooks.ts'
import { selectIntegrations } from './integrations/select.ts'
import { API_MODULES, type Integration } from './integrations/table.ts'
import { readOptions } from './options/read.ts'
import { isLoaderThread } from './threads.ts'
import { isTool } from './tools.ts'

/** What `start()` returns. */
export interface Handle {
  /**
   * Deliver all telemetry made so far.
   * @param timeout milliseconds to wait at the most. @default 10000
   */
  flush(timeout?: number): Promise<void>
  /** Deliver, then stop exporting. */
  shutdown(): Promise<void>
}

const STARTED = Symbol.for('waybill.handle')
const shared = globalThis as { [STARTED]?: Handle }
/** A process of this age, in milliseconds, has metrics of its own even when it loads nothing to instrument. */
const LONG_LIVED = 1000
const NOTHING: Handle = { flush: async () => {}, shutdown: async () => {} }

/**
 * Start Waybill in this process: read the settings, watch for libraries to instrument. The SDK itself is
 * read when the first of them, or the OpenTelemetry API, is loaded. Never throws; a second start is a no-op
 * that returns the first one's handle.
 *
 * @param env where settings are read from. @default process.env
 */
export function start(env: Env = process.env): Handle {
  if (isLoaderThread()) return NOTHING
  if (shared[STARTED]) {
    report(
      'WAYBILL_STARTED_TWICE',
      'it is already started in this process; the second start does nothing. Is it preloaded twice?',
    )
    return shared[STARTED]
  }
  try {
    return (shared[STARTED] = watch(env))
  } catch (error) {
    report('WAYBILL_INTERNAL', `Waybill cannot start: ${(error as Error).message}. The app runs without it.`)
    return NOTHING
  }
}

function watch(env: Env): Handle {
  const options = readOptions(env)
  if (options.disabled) {
    if (options.debug) say('off by OTEL_SDK_DISABLED or WAYBILL_ENABLED: nothing is loaded or patched.')
    return NOTHING
  }
  if (isTool(env)) {
    if (options.debug)
      say('this is a tool, not the app: nothing is loaded. WAYBILL_INSTRUMENT_TOOLS=true changes that.')
    return NOTHING
  }
  if (!('registerHooks' in process.getBuiltinModule('node:module'))) {
    report('WAYBILL_NODE_TOO_OLD', `Node ${process.versions.node} is older than 22.15: nothing is traced.`)
    return NOTHING
  }
  const load = createRequire(import.meta.filename)
  const extension = extname(import.meta.filename)
  let runtime: BootModule.Runtime | undefined
  const boot = (): BootModule.Runtime =>
    (runtime ??= (load(`./boot${extension}`) as typeof BootModule).boot(options))

  const { byModule, ofProcess } = selectIntegrations(options.integrations)
  reportConflicts(env, byModule)
  const active = new Set<Integration>()
  const use = (integrations: readonly Integration[]): unknown => {
    boot()
    const { activate } = load(`./integrations/activate${extension}`) as typeof ActivateModule
    let last: unknown
    for (const integration of integrations) {
      if (active.has(integration)) continue
      active.add(integration)
      last = activate(integration, options)
    }
    return last
  }
  const quietly = installHooks({
    has: (module) => byModule.has(module) || API_MODULES.includes(module),
    loading: (module) => void use(byModule.get(module) ?? []),
    apiFound: (url) => boot().apiLoading(url),
    wrapped: new Set(byModule.keys()),
  })
  const undici = byModule.get('undici')
  if (undici) {
    onFirstFetch(() => {
      let listener: unknown
      quietly(() => (listener = use(undici)))
      return listener as FetchListener | undefined
    })
  }
  if (options.exporters.metrics.length > 0)
    setTimeout(() => quietly(() => void use(ofProcess)), LONG_LIVED).unref()

  return {
    flush: async (timeout) => runtime?.flush(timeout),
    shutdown: async () => runtime?.shutdown(),
  }
}
