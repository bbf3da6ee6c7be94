import { INTEGRATIONS, type Integration } from './table.ts'
import { isWanted, type Choice } from './wanted.ts'

export interface Selection {
  /** Module name → the integrations its loading brings in. */
  readonly byModule: ReadonlyMap<string, readonly Integration[]>
  /** Names of modules whose exports are patched. */
  readonly patched: ReadonlySet<string>
  /** Those that wait for no module. */
  readonly ofProcess: readonly Integration[]
}

/**
 * The integrations that the options ask for.
 *
 * @param env where those that belong to one environment look for it. @default process.env
 */
export function selectIntegrations(
  choice: Choice,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Selection {
  const byModule = new Map<string, Integration[]>()
  const patched = new Set<string>()
  const ofProcess: Integration[] = []
  for (const integration of INTEGRATIONS) {
    if (!isWanted(integration, choice)) continue
    if (integration.needs?.some((variable) => !env[variable])) continue
    if (integration.modules.length === 0) ofProcess.push(integration)
    for (const module of integration.modules) {
      byModule.set(module, [...(byModule.get(module) ?? []), integration])
      if ((integration.from || integration.patches) && !integration.listens) patched.add(module)
    }
  }
  return { byModule, patched, ofProcess }
}
