// `distribution.waybill`: Waybill's own settings.
import type { KeepConfig, RuleAction, RuleMatch, SamplingRule } from '../../tracing/config.ts'
import { OPTIONS, type Row } from '../table.ts'
import { chosen, KINDS } from './samplers.ts'
import { join, type FileInstrumentations, type Settled, type Tree, type Walk } from './walk.ts'

const ROOT = 'distribution.waybill'

export function mapOwn(walk: Walk, model: Tree, settled: Settled): void {
  const distribution = walk.tree(model['distribution'], 'distribution')
  const own = walk.tree(distribution?.['waybill'], ROOT)
  const taken = new Set<string>(STRUCTURED)
  if (own) {
    for (const row of Object.values<Row>(OPTIONS)) {
      if (row.file === undefined) continue
      taken.add(row.file)
      walk.putOwn(row.file, valueAt(own, row.file), join(ROOT, row.file))
    }
    reportUnknown(walk, own, '', taken)
    const sampling = isTree(own['sampling']) ? own['sampling'] : {}
    const rules = walk.list(sampling['rules'], `${ROOT}.sampling.rules`)
    settled.rules = rules.flatMap(
      (rule, index) => mapRule(walk, rule, `${ROOT}.sampling.rules[${index}]`) ?? [],
    )
    settled.keep = mapKeepLimits(walk, sampling['keep'], `${ROOT}.sampling.keep`)
  }
  settled.instrumentations = [
    mapInstrumentations(walk, jsInstrumentations(walk, model), 'instrumentation/development.js'),
    mapInstrumentations(
      walk,
      valueAt(own ?? {}, 'instrumentations.options'),
      `${ROOT}.instrumentations.options`,
    ),
  ].filter(({ config }) => Object.keys(config).length > 0)
}

/** Those whose contents are read by this file. */
const STRUCTURED = ['sampling.rules', 'sampling.keep', 'instrumentations.options']

/** Keys that nothing reads, at every depth that is not a value of its own. */
function reportUnknown(walk: Walk, tree: Tree, path: string, taken: ReadonlySet<string>): void {
  for (const [key, value] of Object.entries(tree)) {
    const at = join(path, key)
    if (taken.has(at)) continue
    const within = [...taken].some((known) => known.startsWith(`${at}.`))
    if (within && (value === null || isTree(value))) reportUnknown(walk, value ?? {}, at, taken)
    else walk.wrong(join(ROOT, at), within ? 'is no mapping' : 'is unknown', 'the rest')
  }
}

export function mapRule(walk: Walk, value: unknown, path: string): SamplingRule | undefined {
  const tree = walk.tree(value, path, [
    ...MATCH_KEYS,
    'kind',
    'attributes',
    'drop',
    'ratio',
    'per_second',
    'burst',
  ])
  if (!tree) return undefined
  const match: Record<string, unknown> = {}
  for (const key of MATCH_KEYS) {
    if (tree[key] !== undefined && tree[key] !== null)
      match[key === 'event_type' ? 'eventType' : key] = walk.texts(tree[key], join(path, key))
  }
  const kind = chosen(walk, tree['kind'], join(path, 'kind'), KINDS)
  if (kind) match['kind'] = kind
  const attributes = walk.tree(tree['attributes'] ?? undefined, join(path, 'attributes'))
  if (attributes) {
    match['attributes'] = Object.fromEntries(
      Object.entries(attributes).map(([name, globs]) => [
        name,
        walk.texts(globs, join(path, `attributes.${name}`)),
      ]),
    )
  }
  const action = actionOf(walk, tree, path)
  return action && { ...(match as RuleMatch), ...action }
}

const MATCH_KEYS = ['route', 'name', 'service', 'event_type']

function actionOf(walk: Walk, tree: Tree, path: string): RuleAction | undefined {
  const given = ['drop', 'ratio', 'per_second'].filter((key) => tree[key] !== undefined && tree[key] !== null)
  if (given.length !== 1)
    return walk.wrong(path, 'must have one of drop, ratio, per_second', 'the other rules')
  if (given[0] === 'drop') {
    return tree['drop'] === true
      ? { drop: true }
      : walk.wrong(join(path, 'drop'), 'is not true', 'the other rules', tree['drop'])
  }
  if (given[0] === 'ratio') {
    const ratio = walk.number(tree['ratio'], join(path, 'ratio'), 0, 1, 'the other rules')
    return ratio === undefined ? undefined : { ratio }
  }
  const perSecond = walk.number(tree['per_second'], join(path, 'per_second'), 1e-6, 1e9, 'the other rules')
  const burst = walk.number(tree['burst'], join(path, 'burst'), 1, 1e9, 'per_second')
  return perSecond === undefined ? undefined : { perSecond, ...(burst !== undefined && { burst }) }
}

/** The limits; `errors` and `slow` are rows of the table. */
export function mapKeepLimits(walk: Walk, value: unknown, path: string): Partial<KeepConfig> {
  const tree = walk.tree(value ?? undefined, path, ['errors', 'slow', ...Object.keys(KEEP)])
  const keep: Record<string, number> = {}
  for (const [key, name] of Object.entries(KEEP)) {
    const number = walk.number(tree?.[key], join(path, key), 1, 1e12, 'the default')
    if (number !== undefined) keep[name] = number
  }
  return keep
}

const KEEP: Readonly<Record<string, keyof KeepConfig>> = {
  max_traces: 'maxTraces',
  max_spans: 'maxSpans',
  max_bytes: 'maxBytes',
  max_age: 'maxAge',
}

/** `instrumentation/development`: what is for all languages is said, `js` is by instrumentation. */
function jsInstrumentations(walk: Walk, model: Tree): unknown {
  const path = 'instrumentation/development'
  const tree = walk.tree(model[path] ?? undefined, path)
  if (tree?.['general'] !== undefined && tree['general'] !== null) {
    walk.wrong(`${path}.general`, `is not supported here; see ${ROOT}.instrumentations.options`, 'the rest')
  }
  return tree?.['js']
}

function mapInstrumentations(walk: Walk, value: unknown, path: string): FileInstrumentations {
  const tree = walk.tree(value ?? undefined, path) ?? {}
  const config: Record<string, Tree> = {}
  for (const [name, options] of Object.entries(tree)) {
    const own = walk.tree(options, join(path, name))
    if (own) config[name] = own
  }
  return { config, from: (at) => walk.from(join(path, at)) }
}

function valueAt(tree: Tree, path: string): unknown {
  let value: unknown = tree
  for (const key of path.split('.')) value = isTree(value) ? value[key] : undefined
  return value
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
