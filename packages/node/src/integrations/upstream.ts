import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { metrics } from '@opentelemetry/api'
import type { Instrumentation } from '@opentelemetry/instrumentation'
import type { Options } from '../options/options.ts'
import { nameByRoute } from './http-otel.ts'
import { guardPatches } from './patches.ts'
import { withStatement } from './statement.ts'
import type { Integration } from './table.ts'
import { filesOf, supportVersions, tellVersions } from './versions.ts'
import { isWanted } from './wanted.ts'

/**
 * Make an instrumentation of upstream's kind, whose patches Waybill guards.
 *
 * @param files gets the paths of the files inside packages that it patches
 */
export function createUpstream(
  integration: Integration,
  options: Options,
  files: Set<string>,
): Instrumentation {
  const [pkg, className] = integration.from!
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
}

/** The exports of an instrumentation: in the published form each is a file of its own, made by scripts/build.ts. */
function load(name: string, pkg: string): Record<string, unknown> {
  if (extname(import.meta.filename) === '.js') {
    // Not bundled: esbuild looks for a plain `require`. It knows of compiled code (code-cache.ts).
    const read: NodeJS.Require = require
    return read(`../instrumentations/${name}.js`) as Record<string, unknown>
  }
  // Upstream's instrumentations are dependencies of this one package, not of ours.
  const owner = pkg.startsWith('@opentelemetry/')
    ? createRequire(import.meta.filename).resolve('@opentelemetry/auto-instrumentations-node')
    : import.meta.filename
  return createRequire(owner)(pkg) as Record<string, unknown>
}

function configOf({ name }: Integration, options: Options): object {
  if (name === 'http-otel') return { requestHook: nameByRoute }
  if (name === 'knex') return { tracedDrivers: tracedDrivers(options) }
  if (name === 'winston' || name === 'bunyan') {
    return { disableLogSending: options.exporters.logs.length === 0 }
  }
  return {}
}

/** Drivers below knex whose queries have spans of their own. */
function tracedDrivers({ integrations }: Options): string[] {
  return ['pg', 'mysql', 'mysql2', 'tedious', 'oracledb'].filter((name) => isWanted({ name }, integrations))
}
