import { onFirstRequest, type FirstListener } from './first-request.ts'
import { installHooks } from './hooks.ts'
import type { Selection } from './select.ts'
import type { Integration } from './table.ts'

export interface LibraryWatch {
  /** Start these. @returns those that were not there before */
  readonly use: (integrations: readonly Integration[]) => FirstListener[]
  /** What the loading of other modules brings. */
  readonly others?: ReadonlyMap<string, () => void>
  /** See HookTarget. */
  readonly apiFound: (file: string) => void
  readonly files: ReadonlySet<string>
}

/**
 * Bring integrations in when their libraries are loaded, or with their first request.
 *
 * @returns see installHooks()
 */
export function watchLibraries(
  { byModule, patched }: Selection,
  { use, others, apiFound, files }: LibraryWatch,
): (work: () => void) => void {
  const quietly = installHooks({
    has: (module) => byModule.has(module) || others?.has(module) === true,
    loading(module) {
      const integrations = byModule.get(module)
      if (integrations) use(integrations)
      others?.get(module)?.()
    },
    apiFound,
    wrapped: patched,
    files,
  })
  onFirstRequest((module) => {
    let started: FirstListener[] = []
    const integrations = byModule.get(module)
    if (integrations) quietly(() => (started = use(integrations)))
    return started
  })
  return quietly
}
