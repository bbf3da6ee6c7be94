// What upstream's instrumentations want to hear of, compared with our table.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { INTEGRATIONS } from '../src/integrations/table.ts'

/** Not in the table on purpose. */
const OMITTED: Readonly<Record<string, string>> = {
  '@opentelemetry/instrumentation-kafkajs': 'replaced by @waybill/kafka',
  '@opentelemetry/instrumentation-pino': 'replaced by @waybill/pino',
  '@opentelemetry/instrumentation-aws-sdk': "extended: it writes on the app's commands",
  '@opentelemetry/instrumentation-socket.io': 'extended: its listeners cannot be removed',
  '@opentelemetry/instrumentation-lru-memoizer': 'replaced: it loses what a memoized function carries',
}

interface Definition {
  readonly name: string
}
type Constructed = {
  readonly _modules?: readonly Definition[]
  getModuleDefinitions?(): readonly Definition[]
}

const auto = createRequire(__filename).resolve('@opentelemetry/auto-instrumentations-node')
const ofAuto = createRequire(auto)
const manifest = JSON.parse(readFileSync(join(dirname(auto), '../package.json'), 'utf8')) as {
  dependencies: Record<string, string>
}
const packages = Object.keys(manifest.dependencies).filter((name) =>
  name.startsWith('@opentelemetry/instrumentation-'),
)
const ours = INTEGRATIONS.flatMap(({ from }) => (from ? [from[0]] : []))

/** The names of the modules that an instrumentation patches. */
function modulesOf(pkg: string, className: string): string[] {
  const Class = (ofAuto(pkg) as Record<string, new (config: object) => Constructed>)[className]!
  const instrumentation = new Class({ enabled: false })
  const definitions = instrumentation.getModuleDefinitions?.() ?? instrumentation._modules ?? []
  return [...new Set(definitions.map(({ name }) => name))]
}

test('upstream has 41 instrumentations, each in the table or omitted for a reason', () => {
  expect(packages).toHaveLength(41)
  expect(packages.filter((pkg) => !ours.includes(pkg) && !(pkg in OMITTED))).toEqual([])
  expect(Object.keys(OMITTED).filter((pkg) => ours.includes(pkg))).toEqual([])
})

test('each short name of upstream is one of ours', () => {
  const names = INTEGRATIONS.map(({ name }) => name)
  const short = packages.map((pkg) => pkg.replace('@opentelemetry/instrumentation-', ''))
  expect(short.filter((name) => !names.includes(name))).toEqual([])
  expect(names).toEqual([...new Set(names)])
})

test.each(
  INTEGRATIONS.flatMap(({ name, from, modules }) =>
    from && packages.includes(from[0]) ? [{ name, pkg: from[0], className: from[1], modules }] : [],
  ),
)('the table has every module that $name patches', ({ pkg, className, modules }) => {
  expect(modulesOf(pkg, className).filter((module) => !modules.includes(module))).toEqual([])
})
