import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { metrics } from '@opentelemetry/api'
import type { Instrumentation } from '@opentelemetry/instrumentation'
import { report } from '@waybill/core'
import { resourceAttribute, type Options } from '../options/read.ts'
import { listenForConnectMounts } from './connect.ts'
import { listenForFastifyRoutes } from './fastify.ts'
import { nameByRoute } from './http-otel.ts'
import { listenForRestifyRoutes } from './restify.ts'
import { withStatement } from './statement.ts'
import { isWanted } from './select.ts'
import { HttpEntry } from '../tracing/entry.ts'
import { INTEGRATIONS, type Integration } from './table.ts'
import { guardPatches } from './patches.ts'
import { filesOf, supportVersions, tellVersions } from './versions.ts'

const require = createRequire(import.meta.filename)

/**
 * Load an integration and let it patch what is loaded from now on. Says it when it cannot, and returns undefined.
 *
 * @param files gets the paths of the files inside packages that it patches
 */
export function activate(
  integration: Integration,
  options: Options,
  files: Set<string> = new Set(),
): Instrumentation | undefined {
  try {
    if (!integration.from) {
      LISTENERS[integration.name]?.()
      return undefined
    }
    const [pkg, className] = integration.from
    const Class = load(integration.name, pkg)[className] as
      | (new (config: object) => Instrumentation)
      | undefined
    if (!Class) throw new Error(`${pkg} has no export ${className}`)
    // It takes the global tracer provider when it is made, and enables itself.
    const instrumentation = new Class({
      ...integration.config,
      ...configOf(integration, options),
      ...withStatement(options.integrations.config[integration.name]),
    })
    // Some make their instruments only when they are given a provider.
    instrumentation.setMeterProvider(metrics.getMeterProvider())
    if (integration.versions) supportVersions(instrumentation, integration.versions)
    guardPatches(integration.name, instrumentation)
    for (const file of filesOf(instrumentation)) files.add(file)
    if (options.debug) tellVersions(instrumentation)
    return instrumentation
  } catch (error) {
    const message = `the instrumentation ${integration.name} cannot be loaded: ${(error as Error).message}. Its library is not traced.`
    report('WAYBILL_INTEGRATION_FAILED', message)
    return undefined
  }
}

/** Those that patch nothing: they listen, or read what the framework left on the request. */
const LISTENERS: Readonly<Record<string, () => void>> = {
  connect: listenForConnectMounts,
  fastify: listenForFastifyRoutes,
  restify: listenForRestifyRoutes,
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

function configOf({ name }: Integration, options: Options): object {
  if (name === 'http-otel') return { requestHook: nameByRoute }
  if (name === 'http') return { entry: new HttpEntry(options.http) }
  if (name === 'knex') return { tracedDrivers: tracedDrivers(options) }
  if (name === 'winston' || name === 'bunyan') {
    return { disableLogSending: options.exporters.logs.length === 0 }
  }
  if (name !== 'pino') return {}
  const env = process.env
  const ofFile = options.resourceAttributes
  const service = options.serviceName
  const environment =
    ofFile['deployment.environment.name'] ??
    resourceAttribute(env, 'deployment.environment.name') ??
    resourceAttribute(env, 'deployment.environment')
  return {
    sendLogs: options.exporters.logs.length > 0,
    staticFields: {
      ...(service !== undefined && { service }),
      ...(environment !== undefined && { environment }),
    },
  }
}

/** Drivers below knex whose queries have spans of their own. */
function tracedDrivers({ integrations }: Options): string[] {
  const on = INTEGRATIONS.filter((integration) => isWanted(integration, integrations)).map(({ name }) => name)
  return ['pg', 'mysql', 'mysql2', 'tedious', 'oracledb'].filter((driver) => on.includes(driver))
}
