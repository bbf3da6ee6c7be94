import type { Attributes } from '../rows.ts'
import { attributesOf, BadRecord, fieldsOf, listOf, textOf } from './values.ts'

/** Records that came from one place. */
export interface Group<R> {
  service: string
  scope: string
  resource: Attributes
  records: R[]
}

/** What a signal calls its lists: of resources, of scopes in them, of records in those. */
export type Names = readonly [resources: string, scopes: string, records: string]

/** Counts what is ill-formed, and keeps the first reason. */
export class Rejects {
  #count = 0
  #reason: string | undefined

  get outcome(): { rejected: number; reason?: string } {
    return { rejected: this.#count, ...(this.#reason !== undefined && { reason: this.#reason }) }
  }

  /** The answer of `read`; undefined where it threw BadRecord, by which `lost()` records are lost. */
  try<T>(read: () => T, lost: () => number = () => 1): T | undefined {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof BadRecord)) throw error
      this.#count += lost()
      this.#reason ??= error.message
      return undefined
    }
  }
}

/**
 * The records of a request by where they came from. What `read` finds ill-formed is left out; a resource or
 * scope that is ill-formed takes its records with it. `size` says for how many a record counts.
 */
export function walk<R>(
  request: unknown,
  [resources, scopes, records]: Names,
  rejects: Rejects,
  read: (raw: unknown) => R,
  size: (raw: unknown) => number = () => 1,
): Group<R>[] {
  const groups: Group<R>[] = []
  for (const ofResource of rejects.try(() => listIn(request, resources)) ?? []) {
    const origin = rejects.try(
      () => originOf(ofResource),
      () => countLost(ofResource, [scopes, records], size),
    )
    if (!origin) continue
    for (const ofScope of rejects.try(() => listIn(ofResource, scopes)) ?? []) {
      const scope = rejects.try(
        () => scopeNameOf(ofScope),
        () => countLost(ofScope, [records], size),
      )
      if (scope === undefined) continue
      const kept: R[] = []
      for (const raw of rejects.try(() => listIn(ofScope, records)) ?? []) {
        const record = rejects.try(
          () => read(raw),
          () => size(raw),
        )
        if (record !== undefined) kept.push(record)
      }
      if (kept.length > 0) groups.push({ ...origin, scope, records: kept })
    }
  }
  return groups
}

function listIn(holder: unknown, name: string): readonly unknown[] {
  return listOf(fieldsOf(holder, `what holds ${name}`)[name], name)
}

function originOf(ofResource: unknown): { service: string; resource: Attributes } {
  const { resource: raw } = fieldsOf(ofResource, 'what holds a resource')
  const resource = attributesOf(fieldsOf(raw, 'resource')['attributes'], 'attributes of a resource')
  const service = resource['service.name']
  return { service: typeof service === 'string' ? service : '', resource }
}

function scopeNameOf(ofScope: unknown): string {
  const { scope } = fieldsOf(ofScope, 'what holds a scope')
  return textOf(fieldsOf(scope, 'scope')['name'], 'name of a scope')
}

/** The records in a holder that is ill-formed, as far as it can be read; at least one, so that it is counted. */
function countLost(holder: unknown, path: readonly string[], size: (raw: unknown) => number): number {
  const count = (value: unknown, [name, ...rest]: readonly string[]): number => {
    if (name === undefined) return size(value)
    const held = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : []
    return Array.isArray(held) ? held.reduce((sum: number, item) => sum + count(item, rest), 0) : 0
  }
  return count(holder, path) || 1
}
