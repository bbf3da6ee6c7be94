import type { Instrumentation } from '@opentelemetry/instrumentation'
import { say } from '@waybill/core'

interface Definition {
  readonly name: string
  supportedVersions: readonly string[]
  readonly patch?: (exports: unknown) => unknown
  readonly files?: readonly { readonly name: string }[]
}
type OnRequire = (module: Definition, exports: unknown, name: string, folder?: string) => unknown

/** The parts of upstream's base class that are needed here. */
export interface Patching {
  readonly _modules: readonly Definition[]
  _onRequire: OnRequire
}

/** An instrumentation, and those it is made of (redis: one for each generation of the library). */
export function partsOf(instrumentation: Instrumentation): Patching[] {
  return [instrumentation, ...Object.values(instrumentation)].filter(
    (part): part is Patching => typeof part === 'object' && part !== null && '_modules' in part,
  )
}

/** The files inside packages that it patches, as `pg/lib/client.js`. */
export function filesOf(instrumentation: Instrumentation): string[] {
  return partsOf(instrumentation).flatMap(({ _modules }) =>
    _modules.flatMap(({ files = [] }) => files.map(({ name }) => name.replaceAll('\\', '/'))),
  )
}

/** Let it patch these versions of its library. */
export function supportVersions(instrumentation: Instrumentation, versions: readonly string[]): void {
  for (const { _modules } of partsOf(instrumentation))
    for (const module of _modules) module.supportedVersions = versions
}

/** Name a library that is loaded in a version that nothing is known about, in one debug line. */
export function tellVersions(instrumentation: Instrumentation): void {
  const parts = partsOf(instrumentation)
  const told = new Set<string>()
  for (const part of parts) {
    // oxlint-disable-next-line typescript/unbound-method -- called on its part
    const original = part._onRequire
    part._onRequire = (module, exports, name, folder) => {
      if (folder !== undefined && !told.has(`${module.name} ${folder}`)) {
        told.add(`${module.name} ${folder}`)
        tellVersion(parts, module.name, folder)
      }
      return original.call(part, module, exports, name, folder)
    }
  }
}

function tellVersion(parts: readonly Patching[], name: string, folder: string): void {
  if (SHELLS.has(name)) return
  const ranges = parts.flatMap(({ _modules }) =>
    _modules.filter((module) => module.name === name).flatMap((module) => module.supportedVersions),
  )
  let supported = false
  // Upstream's base class compares versions by code that it does not share, so it is asked.
  const probe: Definition & { moduleVersion?: string } = {
    name,
    supportedVersions: ranges,
    patch: () => (supported = true),
  }
  const base = Object.getPrototypeOf(parts[0]) as Patching
  base._onRequire.call(parts[0], probe, {}, name, folder)
  if (supported) return
  say(`debug: ${name} ${probe.moduleVersion ?? ''} is not traced: supported is ${ranges.join(' or ')}.`)
}

/** redis 4 and later is a shell around @redis/client, which is judged by itself. */
const SHELLS: ReadonlySet<string> = new Set(['redis'])
