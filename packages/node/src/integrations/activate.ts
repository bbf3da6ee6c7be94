import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { metrics } from '@opentelemetry/api'
import type { Instrumentation } from '@opentelemetry/instrumentation'
import { readString, report } from '@waybill/core'
import { resourceAttribute, type Options } from '../options/read.ts'
import { listenForFastifyRoutes } from './fastify.ts'
import { nameByRoute } from './http.ts'
import type { Integration } from './table.ts'

const require = createRequire(import.meta.filename)

/** Load an integration and let it patch what is loaded from now on. Says it when it cannot, and returns undefined. */
export function activate(integration: Integration, options: Options): Instrumentation | undefined {
  try {
    if (!integration.from) {
      listenForFastifyRoutes()
      return undefined
    }
    const [pkg, className] = integration.from
    const Class = load(integration.name, pkg)[className] as
      | (new (config: object) => Instrumentation)
      | undefined
    if (!Class) throw new Error(`${pkg} has no export ${className}`)
    // It takes the global tracer provider when it is made, and enables itself.
    const instrumentation = new Class({ ...integration.config, ...configOf(integration, options) })
    // Some make their instruments only when they are given a provider.
    instrumentation.setMeterProvider(metrics.getMeterProvider())
    guardPatches(integration.name, instrumentation)
    return instrumentation
  } catch (error) {
    const message = `the instrumentation ${integration.name} cannot be loaded: ${(error as Error).message}. Its library is not traced.`
    report('WAYBILL_INTEGRATION_FAILED', message)
    return undefined
  }
}

/** The exports of an instrumentation: in the published form each is a file of its own, made by scripts/build.ts. */
function load(name: string, pkg: string): Record<string, unknown> {
  if (extname(import.meta.filename) === '.js') return require(`../instrumentations/${name}.js`)
  // Upstream's instrumentations are dependencies of this one package, not of ours.
  const owner = pkg.startsWith('@opentelemetry/')
    ? require.resolve('@opentelemetry/auto-instrumentations-node')
    : import.meta.filename
  return createRequire(owner)(pkg)
}

interface Patching {
  patch?: (exports: unknown, version?: string) => unknown
  readonly files?: readonly Patching[]
}

/** What a patch throws (the library is not of the kind it knows) never comes out of the app's `require`. */
function guardPatches(name: string, instrumentation: Instrumentation): void {
  const guarded = (definition: Patching): void => {
    const { patch } = definition
    if (patch) {
      definition.patch = function (exports, version) {
        try {
          return patch.call(this, exports, version)
        } catch (error) {
          const message = `the instrumentation ${name} cannot patch its library: ${(error as Error).message}. It is not traced.`
          report('WAYBILL_INTEGRATION_FAILED', message, name)
          return exports
        }
      }
    }
    definition.files?.forEach(guarded)
  }
  // What InstrumentationBase holds of its `init()`: read at each loading of a module.
  ;(instrumentation as { _modules?: readonly Patching[] })._modules?.forEach(guarded)
}

function configOf({ name }: Integration, options: Options): object {
  if (name === 'http') return { requestHook: nameByRoute }
  if (name !== 'pino') return {}
  const env = process.env
  const service = readString(env, 'OTEL_SERVICE_NAME') ?? resourceAttribute(env, 'service.name')
  const environment =
    resourceAttribute(env, 'deployment.environment.name') ?? resourceAttribute(env, 'deployment.environment')
  return {
    sendLogs: options.exporters.logs.length > 0,
    staticFields: {
      ...(service !== undefined && { service }),
      ...(environment !== undefined && { environment }),
    },
  }
}
