import type { Env } from '@waybill/core/env'
import type { AttributeValue } from '../options.ts'
import { join, type Settled, type Walk } from './walk.ts'

/** Detectors of the schema, and ours of the same meaning. */
const DETECTORS: Readonly<Record<string, readonly string[]>> = {
  host: ['host', 'os'],
  process: ['process'],
  service: ['serviceinstance'],
}

/** `resource`: attributes as they are typed, and detectors. Without detectors nothing is detected, as the schema says. */
export function mapResource(walk: Walk, value: unknown, settled: Settled, env: Env): void {
  const tree = walk.tree(value, 'resource', [
    'attributes',
    'attributes_list',
    'detection/development',
    'schema_url',
  ])
  const attributes: Record<string, AttributeValue> = {}
  mapList(walk, tree?.['attributes_list'], attributes)
  for (const [index, item] of walk.list(tree?.['attributes'], 'resource.attributes').entries()) {
    const path = `resource.attributes[${index}]`
    const attribute = walk.tree(item, path, ['name', 'value', 'type'])
    if (!attribute) continue
    const { name, value: given } = attribute
    if (given === null) continue
    const typed = typeof name === 'string' && name !== '' ? typedValue(given, attribute['type']) : undefined
    if (typed === undefined) walk.wrong(path, 'has no name, or no value of its type', 'the others')
    else attributes[name as string] = typed
  }
  const names = mapDetectors(walk, tree?.['detection/development'])
  if (names.includes('serviceinstance')) {
    walk.environment.add('OTEL_SERVICE_NAME')
    const service = env['OTEL_SERVICE_NAME']?.trim()
    if (service) attributes['service.name'] ??= service
  }
  walk.put('OTEL_NODE_RESOURCE_DETECTORS', names.join(',') || 'none', 'resource.detection/development')
  settled.resourceAttributes = attributes
}

function mapDetectors(walk: Walk, value: unknown): string[] {
  const path = 'resource.detection/development'
  const detection = walk.tree(value, path, ['detectors'])
  return walk.list(detection?.['detectors'], `${path}.detectors`).flatMap((item, index) => {
    const detector = walk.one(item, `${path}.detectors[${index}]`)
    if (!detector) return []
    const names = DETECTORS[detector[0]]
    if (!names)
      walk.wrong(
        detector[2],
        `is a detector that is not supported here; known are ${Object.keys(DETECTORS).join(', ')}`,
        'the others',
      )
    return names ?? []
  })
}

/** `a=1,b=2`; by the schema one wrong pair discards all. */
function mapList(walk: Walk, value: unknown, attributes: Record<string, AttributeValue>): void {
  if (value === undefined || value === null) return
  const path = join('resource', 'attributes_list')
  if (typeof value !== 'string') return walk.wrong(path, 'is no text', 'nothing of it', value)
  try {
    for (const pair of value.split(',')) {
      if (pair.trim() === '') continue
      const [name, text, more] = pair.split('=').map((part) => decodeURIComponent(part.trim()))
      if (!name || text === undefined || more !== undefined) throw new Error('not a pair')
      attributes[name] = text
    }
  } catch {
    walk.wrong(path, 'has a pair that is not name=value with percent-encoding', 'nothing of it')
  }
}

function typedValue(value: unknown, type: unknown): AttributeValue | undefined {
  const name = typeof type === 'string' ? type : undefined
  const isArray = name?.endsWith('_array') ?? Array.isArray(value)
  const one = (item: unknown): string | number | boolean | undefined => {
    const base = name?.replace('_array', '')
    if (base === 'string' || base === undefined) {
      if (base === undefined && (typeof item === 'number' || typeof item === 'boolean')) return item
      return typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean'
        ? String(item)
        : undefined
    }
    if (base === 'bool') return typeof item === 'boolean' ? item : undefined
    return typeof item === 'number' && (base === 'double' || Number.isInteger(item)) ? item : undefined
  }
  if (!isArray) return Array.isArray(value) ? undefined : one(value)
  if (!Array.isArray(value)) return undefined
  const items = value.map(one)
  const kind = typeof items[0]
  return items.every((item) => item !== undefined && typeof item === kind) ? (items as string[]) : undefined
}
