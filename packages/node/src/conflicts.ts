import { Module } from 'node:module'
import type { Env } from '@waybill/core/env'
import { report } from '@waybill/core/report'
import { packageName } from './integrations/package-name.ts'

/** Other agents, as they are written in a preload flag. Each patches the same libraries. */
const AGENTS = [
  'dd-trace',
  'newrelic',
  'elastic-apm-node',
  '@elastic/opentelemetry-node',
  '@opentelemetry/auto-instrumentations-node',
  '@sentry/node',
  '@splunk/otel',
  '@aws/aws-distro-opentelemetry-node-autoinstrumentation',
  '@dash0/opentelemetry',
]

/** Say what is there before us that would take spans away. */
export function reportConflicts(env: Env, traced: { has(module: string): boolean }): void {
  const flags = [...process.execArgv, env['NODE_OPTIONS'] ?? ''].join(' ')
  for (const agent of AGENTS) {
    // `/` or the end behind it: `newrelic` is no part of a longer name.
    if (!flags.includes(agent) || !new RegExp(`(?:^|[\\s=/"'])${agent}(?:[/\\s"']|$)`).test(flags)) continue
    const message = `${agent} is preloaded too: both patch the same libraries, and spans are lost or doubled. Keep one of them.`
    report('WAYBILL_OTHER_AGENT', message)
  }
  const before = new Set<string>()
  for (const file of Object.keys((Module as unknown as { _cache: Record<string, unknown> })._cache)) {
    const name = packageName(file)
    if (name !== undefined && traced.has(name)) before.add(name)
  }
  if (before.size > 0) {
    const message = `loaded before Waybill, so not traced: ${[...before].join(', ')}. Waybill must come first: preload it, or call start() before they are loaded.`
    report('WAYBILL_LOADED_BEFORE', message)
  }
}
