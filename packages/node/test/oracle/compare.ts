import type { Difference, Observed } from './types.ts'

/** One path at which the two sides differ. */
export interface Found {
  readonly name: string
  readonly path: string
  readonly upstream: string
  readonly waybill: string
}

const NOTHING = '(nothing)'

/** Where the two sides of one case differ. */
export function differencesOf(name: string, upstream: Observed, waybill: Observed): Found[] {
  const left = flatten(upstream)
  const right = flatten(waybill)
  const paths = new Set([...left.keys(), ...right.keys()])
  return [...paths].flatMap((path) => {
    const found = { name, path, upstream: left.get(path) ?? NOTHING, waybill: right.get(path) ?? NOTHING }
    return found.upstream === found.waybill ? [] : [found]
  })
}

export interface Judgement {
  /** Differences that nobody has explained. */
  readonly unexplained: readonly string[]
  /** Explanations of what is no more. */
  readonly stale: readonly string[]
}

export function judge(
  found: readonly Found[],
  known: readonly Difference[],
  ran: readonly string[],
): Judgement {
  const met = new Map<Difference, Set<string>>(known.map((difference) => [difference, new Set()]))
  const unexplained: string[] = []
  for (const one of found) {
    const explanations = known.filter(
      ({ path, cases }) => path.test(one.path) && (cases?.includes(one.name) ?? true),
    )
    for (const explanation of explanations) met.get(explanation)!.add(one.name)
    if (explanations.length === 0) {
      unexplained.push(`${one.name}: ${one.path}: upstream ${one.upstream}, Waybill ${one.waybill}`)
    }
  }
  const stale: string[] = []
  for (const [{ path, cases, reason }, names] of met) {
    const missing = (cases ?? []).filter((name) => !names.has(name))
    if (names.size > 0 && missing.length === 0) continue
    const where = missing.map((name) => (ran.includes(name) ? name : `${name} (no such case)`)).join(', ')
    stale.push(`${String(path)}${where && ` in ${where}`}: ${reason}`)
  }
  return { unexplained, stale }
}

/** `{ a: { b: [1] } }` → `a.b.0: 1` */
function flatten(value: unknown, path = '', into: Map<string, string> = new Map()): Map<string, string> {
  if (typeof value !== 'object' || value === null) {
    if (value !== undefined) into.set(path, JSON.stringify(value))
    return into
  }
  const entries = Object.entries(value)
  if (entries.length === 0) return into
  for (const [key, inner] of entries) flatten(inner, path === '' ? key : `${path}.${key}`, into)
  return into
}
