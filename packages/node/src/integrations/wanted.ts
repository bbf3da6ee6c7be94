import type { Options } from '../options/options.ts'
import type { Integration } from './table.ts'

export type Choice = Pick<Options['integrations'], 'enabled' | 'disabled'>

/** Is it on, by its name in the lists or, where there is none, by itself? */
export function isWanted(
  { name, onRequest }: Pick<Integration, 'name' | 'onRequest'>,
  { enabled, disabled }: Choice,
): boolean {
  const wanted = enabled ? enabled.includes(name) : !onRequest
  return wanted && !disabled.includes(name)
}
