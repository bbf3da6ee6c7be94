import type { Env } from '@waybill/core/env'

/** One attribute of `OTEL_RESOURCE_ATTRIBUTES`. */
export function resourceAttribute(env: Env, name: string): string | undefined {
  return attributeOf(env['OTEL_RESOURCE_ATTRIBUTES']?.trim() ?? '', name)
}

/** The value of `name` in pairs as `a=1,b=2`, decoded where it can be. */
export function attributeOf(pairs: string, name: string): string | undefined {
  for (const pair of pairs.split(',')) {
    const [key, value] = pair.split('=', 2)
    if (key?.trim() === name && value !== undefined)
      return (decode(value.trim()) ?? value.trim()) || undefined
  }
  return undefined
}

/** Undefined where it is wrongly encoded. */
export function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
