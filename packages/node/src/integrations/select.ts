import { report } from '@waybill/core/report'
import type { Options } from '../options/read.ts'
import { nearest } from './nearest.ts'
import { INTEGRATIONS, type Integration } from './table.ts'

export interface Selection {
  /** Module name → the integrations its loading brings in. */
  readonly byModule: ReadonlyMap<string, readonly Integration[]>
  /** Those that wait for no module. */
  readonly ofProcess: readonly Integration[]
}

/**
 * The integrations that the options ask for.
 *
 * @param env where those that belong to one environment look for it. @default process.env
 */
export function selectIntegrations(
  choice: Options['integrations'],
  env: Readonly<Record<string, string | undefined>> = process.env,
): Selection {
  reportUnknown([...(choice.enabled ?? []), ...choice.disabled])
  const byModule = new Map<string, Integration[]>()
  const ofProcess: Integration[] = []
  for (const integration of INTEGRATIONS) {
    if (!isWanted(integration, choice)) continue
    if (integration.needs?.some((variable) => !env[variable])) continue
    if (integration.modules.length === 0) ofProcess.push(integration)
    for (const module of integration.modules)
      byModule.set(module, [...(byModule.get(module) ?? []), integration])
  }
  return { byModule, ofProcess }
}

/** Is it on, by its name in the lists or, where there is none, by itself? */
export function isWanted(integration: Integration, { enabled, disabled }: Options['integrations']): boolean {
  const wanted = enabled ? enabled.includes(integration.name) : !integration.onRequest
  return wanted && !disabled.includes(integration.name)
}

function reportUnknown(names: readonly string[]): void {
  const known = INTEGRATIONS.map(({ name }) => name)
  for (const name of names) {
    if (known.includes(name)) continue
    const like = nearest(name, known)
    const hint = like.length > 0 ? `; did you mean ${like.join(' or ')}?` : '.'
    report(
      'WAYBILL_BAD_VALUE',
      `there is no instrumentation named ${name.slice(0, 80)}${hint} It is passed over.`,
    )
  }
}
