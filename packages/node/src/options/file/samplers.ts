// `tracer_provider.sampler`: also the samplers that are in the schema and not in the SDK.
import type { ComposableConfig, ComposableRule, SamplerConfig, SpanKindName } from '../../tracing/config.ts'
import { join, type Walk } from './walk.ts'

/** The schema's and the specification's default. */
const DEFAULT: SamplerConfig = { type: 'parent_based', root: { type: 'always_on' } }

/** One that cannot be understood is said, and everything is sampled in its place: nothing is lost by a mistake. */
export function mapSampler(
  walk: Walk,
  value: unknown,
  at: string,
  fallback: SamplerConfig = DEFAULT,
): SamplerConfig {
  const one = walk.one(value, at)
  if (!one) return fallback
  const [name, content, path] = one
  switch (name) {
    case 'always_on':
    case 'always_off':
      return { type: name }
    case 'trace_id_ratio_based':
    case 'probability/development':
    case 'probability':
      return { type: 'probability', ratio: ratioOf(walk, content, path) }
    case 'parent_based':
      return mapParentBased(walk, content, path)
    case 'jaeger_remote/development':
    case 'jaeger_remote':
      return mapJaegerRemote(walk, content, path, fallback)
    case 'composite/development':
    case 'composite':
      return { type: 'composite', sampler: mapComposable(walk, content, path) }
    case 'rate_limit': {
      const tree = walk.tree(content, path, ['per_second', 'burst'])
      const perSecond = walk.number(tree?.['per_second'], join(path, 'per_second'), 1e-6, 1e9, 'every span')
      const burst = walk.number(tree?.['burst'], join(path, 'burst'), 1, 1e9, 'per_second')
      if (perSecond === undefined) return fallback
      return { type: 'rate_limit', perSecond, ...(burst !== undefined && { burst }) }
    }
    default:
      walk.wrong(path, `is unknown; known are ${KNOWN}`, 'every span')
      return fallback
  }
}

const KNOWN =
  'always_on, always_off, trace_id_ratio_based, parent_based, probability/development, jaeger_remote/development, composite/development, rate_limit'

function ratioOf(walk: Walk, content: unknown, path: string): number {
  const tree = walk.tree(content, path, ['ratio'])
  return walk.number(tree?.['ratio'], join(path, 'ratio'), 0, 1, 1) ?? 1
}

function mapParentBased(walk: Walk, content: unknown, path: string): SamplerConfig {
  const keys = [
    'root',
    'remote_parent_sampled',
    'remote_parent_not_sampled',
    'local_parent_sampled',
    'local_parent_not_sampled',
  ]
  const tree = walk.tree(content, path, keys) ?? {}
  const of = (key: string, fallback: SamplerConfig): SamplerConfig | undefined =>
    tree[key] === undefined || tree[key] === null
      ? undefined
      : mapSampler(walk, tree[key], join(path, key), fallback)
  const remoteParentSampled = of('remote_parent_sampled', ON)
  const remoteParentNotSampled = of('remote_parent_not_sampled', OFF)
  const localParentSampled = of('local_parent_sampled', ON)
  const localParentNotSampled = of('local_parent_not_sampled', OFF)
  return {
    type: 'parent_based',
    root: of('root', ON) ?? ON,
    ...(remoteParentSampled && { remoteParentSampled }),
    ...(remoteParentNotSampled && { remoteParentNotSampled }),
    ...(localParentSampled && { localParentSampled }),
    ...(localParentNotSampled && { localParentNotSampled }),
  }
}

const ON: SamplerConfig = { type: 'always_on' }
const OFF: SamplerConfig = { type: 'always_off' }

function mapJaegerRemote(walk: Walk, content: unknown, path: string, fallback: SamplerConfig): SamplerConfig {
  const tree = walk.tree(content, path, ['endpoint', 'interval', 'initial_sampler']) ?? {}
  const { endpoint } = tree
  if (typeof endpoint !== 'string' || !/^https?:\/\/[^/]/.test(endpoint) || !URL.canParse(endpoint)) {
    walk.wrong(
      join(path, 'endpoint'),
      'is not a URL like http://localhost:5778/sampling',
      'every span',
      endpoint,
    )
    return fallback
  }
  const interval = walk.number(tree['interval'], join(path, 'interval'), 100, 86_400_000, 60_000)
  const initial = tree['initial_sampler'] ?? undefined
  return {
    type: 'jaeger_remote',
    endpoint,
    ...(interval !== undefined && { interval }),
    initial: initial === undefined ? ON : mapSampler(walk, initial, join(path, 'initial_sampler'), ON),
  }
}

function mapComposable(walk: Walk, value: unknown, at: string): ComposableConfig {
  const one = walk.one(value, at)
  if (!one) return { type: 'always_on' }
  const [name, content, path] = one
  switch (name) {
    case 'always_on':
    case 'always_off':
      return { type: name }
    case 'probability':
      return { type: 'probability', ratio: ratioOf(walk, content, path) }
    case 'parent_threshold': {
      const tree = walk.tree(content, path, ['root'])
      return {
        type: 'parent_threshold',
        root: mapComposable(walk, tree?.['root'] ?? null, join(path, 'root')),
      }
    }
    case 'rule_based': {
      const tree = walk.tree(content, path, ['rules'])
      const rules = walk.list(tree?.['rules'], join(path, 'rules'))
      return {
        type: 'rule_based',
        rules: rules.flatMap((rule, index) => mapRule(walk, rule, `${path}.rules[${index}]`) ?? []),
      }
    }
    default:
      walk.wrong(
        path,
        'is unknown; known are always_on, always_off, probability, parent_threshold, rule_based',
        'every span',
      )
      return { type: 'always_on' }
  }
}

function mapRule(walk: Walk, value: unknown, path: string): ComposableRule | undefined {
  const tree = walk.tree(value, path, [
    'attribute_values',
    'attribute_patterns',
    'span_kinds',
    'parent',
    'sampler',
  ])
  if (!tree) return undefined
  if (tree['sampler'] === undefined) return walk.wrong(path, 'has no sampler', 'the other rules')
  const values = walk.tree(tree['attribute_values'] ?? undefined, join(path, 'attribute_values'), [
    'key',
    'values',
  ])
  const patterns = walk.tree(tree['attribute_patterns'] ?? undefined, join(path, 'attribute_patterns'), [
    'key',
    'included',
    'excluded',
  ])
  const spanKinds = chosen(walk, tree['span_kinds'], join(path, 'span_kinds'), KINDS)
  const parent = chosen(walk, tree['parent'], join(path, 'parent'), PARENTS)
  return {
    ...(values && {
      attributeValues: {
        key: String(values['key']),
        values: walk.texts(values['values'], join(path, 'attribute_values.values')),
      },
    }),
    ...(patterns && {
      attributePatterns: {
        key: String(patterns['key']),
        ...(patterns['included'] != null && {
          included: walk.texts(patterns['included'], join(path, 'attribute_patterns.included')),
        }),
        ...(patterns['excluded'] != null && {
          excluded: walk.texts(patterns['excluded'], join(path, 'attribute_patterns.excluded')),
        }),
      },
    }),
    ...(spanKinds && { spanKinds }),
    ...(parent && { parent }),
    sampler: mapComposable(walk, tree['sampler'], join(path, 'sampler')),
  }
}

export const KINDS: readonly SpanKindName[] = ['internal', 'server', 'client', 'producer', 'consumer']
const PARENTS = ['none', 'remote', 'local'] as const

/** Some of `known`; others are said. */
export function chosen<T extends string>(
  walk: Walk,
  value: unknown,
  path: string,
  known: readonly T[],
): T[] | undefined {
  if (value === undefined || value === null) return undefined
  return walk.texts(value, path).flatMap((text) => {
    const found = known.find((name) => name === text.toLowerCase())
    if (found === undefined) walk.wrong(path, `is unknown; known are ${known.join(', ')}`, 'the others', text)
    return found ?? []
  })
}
