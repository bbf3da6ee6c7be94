import { report } from './report.ts'

// One reader per type. A value that cannot be read is said in one line, and the default is used.

export type Env = Record<string, string | undefined>

export function readString(env: Env, name: string): string | undefined {
  // The specification: an empty value is as if the variable were not set.
  return env[name]?.trim() || undefined
}

export function readBoolean(env: Env, name: string, fallback: boolean): boolean {
  const text = readString(env, name)?.toLowerCase()
  if (text === undefined) return fallback
  if (text === 'true' || text === 'false') return text === 'true'
  return badValue(name, text, 'is neither true nor false', fallback)
}

export function readNumber(
  env: Env,
  name: string,
  fallback: number,
  {
    min = 0,
    max = Number.MAX_SAFE_INTEGER,
    integer = true,
  }: { min?: number; max?: number; integer?: boolean } = {},
): number {
  const text = readString(env, name)
  if (text === undefined) return fallback
  const value = Number(text)
  if (!Number.isFinite(value) || (integer && !Number.isInteger(value))) {
    return badValue(name, text, `is not ${integer ? 'a whole number' : 'a number'}`, fallback)
  }
  return value < min || value > max ? badValue(name, text, `is not from ${min} to ${max}`, fallback) : value
}

export function readEnum<T extends string>(env: Env, name: string, allowed: readonly T[], fallback: T): T {
  const text = readString(env, name)
  if (text === undefined) return fallback
  const found = allowed.find((value) => value === text)
  return found ?? badValue(name, text, `is unknown; known are ${allowed.join(', ')}`, fallback)
}

/** `a,b , c` → `['a', 'b', 'c']`; undefined where the variable is not set. */
export function readList(env: Env, name: string): string[] | undefined {
  const list = readString(env, name)
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
  return list?.length ? [...new Set(list)] : undefined
}

function badValue<T>(name: string, text: string, problem: string, fallback: T): T {
  report('WAYBILL_BAD_VALUE', `${name}=${text.slice(0, 80)} ${problem}. Used instead: ${String(fallback)}.`)
  return fallback
}
