import { report } from '@waybill/core/report'
import type { Options } from '../options/read.ts'
import { INTEGRATIONS, type Integration } from './table.ts'

export interface Selection {
  /** Module name → the integrations its loading brings in. */
  readonly byModule: ReadonlyMap<string, readonly Integration[]>
  /** Those that wait for no module. */
  readonly ofProcess: readonly Integration[]
}

/** The integrations that the options ask for. */
export function selectIntegrations({ enabled, disabled }: Options['integrations']): Selection {
  for (const name of [...(enabled ?? []), ...disabled]) {
    if (INTEGRATIONS.some((integration) => integration.name === name)) continue
    const like = INTEGRATIONS.map((integration) => integration.name).filter(
      (known) => known.includes(name) || name.includes(known),
    )
    const nearest = like.length > 0 ? `; did you mean ${like.join(' or ')}?` : '.'
    report(
      'WAYBILL_BAD_VALUE',
      `there is no instrumentation named ${name.slice(0, 80)}${nearest} It is passed over.`,
    )
  }
  const byModule = new Map<string, Integration[]>()
  const ofProcess: Integration[] = []
  for (const integration of INTEGRATIONS) {
    const wanted = enabled ? enabled.includes(integration.name) : !integration.onRequest
    if (!wanted || disabled.includes(integration.name)) continue
    if (integration.modules.length === 0) ofProcess.push(integration)
    for (const module of integration.modules)
      byModule.set(module, [...(byModule.get(module) ?? []), integration])
  }
  return { byModule, ofProcess }
}
