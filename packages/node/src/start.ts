import { report, say } from '@waybill/core/report'
import type * as BootModule from './boot.ts'
import { installed } from './bundled.ts'
import type * as BundledModule from './bundled-libraries.ts'
import { reportConflicts } from './conflicts.ts'
import { shareExport, type SharedExport } from './export/threads/main.ts'
import type { ToMain } from './export/threads/shared.ts'
import type { FirstListener } from './integrations/first-request.ts'
import { selectIntegrations } from './integrations/select.ts'
import { API_MODULES, type Integration } from './integrations/table.ts'
import { watchLibraries } from './integrations/watch.ts'
import { load } from './lazy.ts'
import { loadOptions } from './load-options.ts'
import type { InCode } from './options/code.ts'
import type { StartOptions } from './start-options.ts'
import { isLoaderThread, isThread, settingsOfProcess } from './threads.ts'
import { isTool } from './tools.ts'

/** What `start()` returns. */
export interface Handle {
  /**
   * Deliver all telemetry made so far.
   * @param timeout milliseconds to wait at the most. @default 10000
   */
  flush(timeout?: number): Promise<void>
  /** Deliver, then export nothing any more. */
  shutdown(): Promise<void>
}

const STARTED = Symbol.for('waybill.handle')
const PIECES = Symbol.for('waybill.pieces')
const shared = globalThis as { [STARTED]?: Handle; [PIECES]?: object }
/** A process of this age, in milliseconds, has metrics of its own even when it loads nothing to instrument. */
const LONG_LIVED = 1000
/** The app may start threads that it instruments. */
const THREADS_MODULE = 'worker_threads'
const NOTHING: Handle = { flush: async () => {}, shutdown: async () => {} }

/**
 * Start Waybill in this process: register the SDK, trace the libraries that are loaded from now on. Never throws;
 * a second start is a no-op that returns the first one's handle.
 *
 * @param options over the environment and the configuration file; wrong ones are said in a line, and passed over
 */
export function start(options: StartOptions = {}): Handle {
  if (!/node[/\\](?:dist|src)[/\\]start\.[jt]s$/.test(import.meta.filename)) {
    return installed(import.meta.filename)?.start(options) ?? NOTHING
  }
  return startOnce({ name: 'start', options })
}

/**
 * The same for the preload, by the environment alone. The SDK itself is read when the first library, or the
 * OpenTelemetry API, is loaded.
 */
export function preload(): Handle {
  return startOnce()
}

function startOnce(inCode?: InCode): Handle {
  if (isLoaderThread()) return NOTHING
  if (shared[STARTED]) {
    const message = inCode
      ? 'it is started in this process already (by the preload, or an earlier start()); what this start() is given does not count.'
      : 'it is already started in this process; the second start does nothing. Is it preloaded twice?'
    report('WAYBILL_STARTED_TWICE', message)
    return shared[STARTED]
  }
  if (shared[PIECES]) {
    const message =
      'waybillNodeSdk() has given its pieces to an SDK of the app; start() does nothing. Keep one of them.'
    report('WAYBILL_STARTED_TWICE', message)
    return NOTHING
  }
  try {
    return (shared[STARTED] = watch(inCode))
  } catch (error) {
    report('WAYBILL_INTERNAL', `Waybill cannot start: ${(error as Error).message}. The app runs without it.`)
    return NOTHING
  }
}

function watch(inCode: InCode | undefined): Handle {
  const env = settingsOfProcess(process.env)
  const { early, options, tell, banner } = loadOptions(env, inCode)
  if (early.disabled) {
    if (early.debug) say('off by OTEL_SDK_DISABLED or WAYBILL_ENABLED: nothing is loaded or patched.')
    return NOTHING
  }
  if (isTool(env)) {
    if (early.debug)
      say('this is a tool, not the app: nothing is loaded. WAYBILL_INSTRUMENT_TOOLS=true changes that.')
    return NOTHING
  }
  if (!('registerHooks' in process.getBuiltinModule('node:module'))) {
    report('WAYBILL_NODE_TOO_OLD', `Node ${process.versions.node} is older than 22.15: nothing is traced.`)
    return NOTHING
  }
  tell()
  let runtime: BootModule.Runtime | undefined
  const selection = selectIntegrations(early.integrations)
  const { byModule, ofProcess } = selection
  const boot = (): BootModule.Runtime => {
    if (runtime) return runtime
    banner(new Set([...byModule.values()].flat()).size)
    return (runtime = (load('boot') as typeof BootModule).boot(options(), () => threads?.gather()))
  }
  let threads: SharedExport | undefined
  const share = (): void => {
    const receive = (message: ToMain): Promise<boolean> | undefined => {
      let settled: Promise<boolean> | undefined
      quietly(() => (settled = boot().receive(message)))
      return settled
    }
    threads = shareExport(env, receive, () => runtime?.end())
  }
  reportConflicts(env, byModule)
  const active = new Set<Integration>()
  const files = new Set<string>()
  const use = (integrations: readonly Integration[]): FirstListener[] => {
    boot()
    const { activate } = load('boot') as typeof BootModule
    const started: FirstListener[] = []
    for (const integration of integrations) {
      if (active.has(integration)) continue
      active.add(integration)
      const instrumentation = activate(integration, options(), files)
      if (instrumentation) started.push(instrumentation as FirstListener)
    }
    return started
  }
  const others = new Map<string, () => void>(API_MODULES.map((module) => [module, () => void boot()]))
  if (!isThread()) others.set(THREADS_MODULE, share)
  const apiFound = (file: string): void => boot().apiLoading(file)
  const quietly = watchLibraries(selection, { use, others, apiFound, files })
  const [, main] = process.argv
  if (main !== undefined && !isThread()) {
    setTimeout(() => {
      const { tellBundled } = load('bundled-libraries') as typeof BundledModule
      void tellBundled(main, byModule)
    }, LONG_LIVED).unref()
  }
  // What a thread of the app has to say of itself is in what it does.
  if (early.metrics && !isThread()) setTimeout(() => quietly(() => void use(ofProcess)), LONG_LIVED).unref()
  // The API may be loaded already: no loading of it would tell.
  if (inCode) quietly(() => void boot())

  return {
    flush: async (timeout) => runtime?.flush(timeout),
    async shutdown() {
      // What was not read yet must not begin to export later.
      quietly(() => void boot())
      await runtime?.shutdown()
    },
  }
}
