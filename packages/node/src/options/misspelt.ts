import { ownVariable } from './endpoint.ts'
import { OPTIONS, SIGNALS, type Row } from './table.ts'

/** What to say of a variable that no option has; undefined where it is none of ours, or one that is not read now. */
export function misspelt(name: string): string | undefined {
  const known = knownVariables()
  if (known.has(name) || OTHERS.test(name)) return undefined
  const like = nearVariables(name, known)
  if (like.length > 0) return `${name} is read by nobody. Is ${like.join(' or ')} meant?`
  return name.startsWith('WAYBILL_')
    ? `${name} is read by nobody; see docs/reference/configuration.md.`
    : undefined
}

export function knownVariables(): Set<string> {
  const known = new Set<string>()
  for (const row of Object.values<Row>(OPTIONS)) {
    known.add(row.env)
    for (const other of row.also ?? []) known.add(other)
    if (row.signals) for (const signal of SIGNALS) known.add(ownVariable(row, signal))
  }
  return known
}

/**
 * Variables of other languages, of the collector, of operators, of a Kubernetes service of that name, and those
 * with which this project builds itself.
 */
const OTHERS = new RegExp(
  [
    '^OTEL_(?:DOTNET|NET|JAVA|JAVAAGENT|PYTHON|GO|PHP|RUBY|RUST|CPP|ERLANG|ELIXIR|SWIFT|COLLECTOR|COL|EBPF|OBI|OPERATOR|LAMBDA|AWS|DEMO|BROWSER|WEB)_',
    '^OTEL_INSTRUMENTATION_',
    '^OTEL_(?:NODE|POD|K8S|KUBE|CONTAINER)_(?:IP|NAME|UID|NAMESPACE)',
    '^OTEL_RESOURCE_ATTRIBUTES_',
    '^OTEL_EXPORTER_JAEGER_',
    '_(?:SERVICE_HOST|SERVICE_PORT\\w*|PORT|PORT_\\d+_\\w+)$',
    '^WAYBILL_(?:CALLER|TEST_\\w+)$',
  ].join('|'),
)

/** Those that differ in a few letters, in the order of their words, or in one word; the nearest first. */
function nearVariables(name: string, known: ReadonlySet<string>): string[] {
  const wanted = name.slice(0, LONGEST).toUpperCase().replaceAll(/[-.]/g, '_')
  if (known.has(wanted)) return [wanted]
  const words = wanted.split('_')
  const found: { variable: string; far: number }[] = []
  for (const variable of known) {
    const others = variable.split('_')
    const far = Math.min(
      distance(wanted, variable),
      sameWords(words, others) ? 1 : Infinity,
      missing(words, others) ? 3 : Infinity,
    )
    // A word that is right must not be taken for another that is as short: OTEL_BSP_… for OTEL_BLRP_….
    if (far <= (variable.length > 20 ? 3 : 2)) found.push({ variable, far })
  }
  const nearest = Math.min(...found.map(({ far }) => far))
  return found
    .filter(({ far }) => far === nearest)
    .map(({ variable }) => variable)
    .slice(0, 2)
}

/** Longer than any name: it comes from outside. */
const LONGEST = 80

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.toSorted().join() === b.toSorted().join()
}

/** Is `a` all of `b` but one word, where that leaves two at least? */
function missing(a: readonly string[], b: readonly string[]): boolean {
  return a.length >= 2 && a.length === b.length - 1 && a.every((word) => b.includes(word))
}

const FARTHEST = 3

/** Letters to add, take out, replace or swap with a neighbour; Infinity above FARTHEST. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > FARTHEST) return Infinity
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = Array<number>(b.length + 1).fill(Infinity)
    row[0] = i
    let least = i
    // What is farther from the diagonal is too far already.
    for (let j = Math.max(1, i - FARTHEST); j <= Math.min(b.length, i + FARTHEST); j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min(row[j - 1]! + 1, above[j]! + 1, above[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, before[j - 2]! + 1)
      }
      row[j] = best
      least = Math.min(least, best)
    }
    if (least > FARTHEST) return Infinity
    before = above
    above = row
  }
  return above[b.length]!
}
