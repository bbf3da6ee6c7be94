import type { Fragment, LineFields } from './fields.ts'
import type { PinoInternals, PinoSymbols } from './internals.ts'

/** The keys of ours that a logger has in every line of its own; undefined where there are none. */
export type TakenKeys = (logger: PinoInternals, fields: LineFields) => ReadonlySet<string> | undefined

/** The parts of a fragment that neither the logger's bindings nor the merge object have. */
export function untaken(
  fragment: Fragment,
  taken: ReadonlySet<string> | undefined,
  merge: object | undefined,
): string {
  if (taken === undefined && merge === undefined) return fragment.text
  let text = ''
  for (const part of fragment.parts) {
    if (!taken?.has(part.name) && !(merge && writes(merge, part.name))) text += part.text
  }
  return text
}

/** Put a fragment behind the time of a finished line, without the parts that the line has already. */
export function insert(line: string, at: number, fragment: Fragment, fields: LineFields): string {
  let { text } = fragment
  if (fields.mentions(line)) {
    text = ''
    for (const part of fragment.parts) if (!hasTopLevelKey(line, part.name)) text += part.text
  }
  return line.slice(0, at) + text + line.slice(at)
}

/** Whether JSON text of an object has `name` among its own members. */
export function hasTopLevelKey(json: string, name: string): boolean {
  const key = `${JSON.stringify(name)}:`
  if (!json.includes(key)) return false
  let depth = 0
  for (let at = 0; at < json.length; at++) {
    const character = json.charCodeAt(at)
    if (character === OPEN_BRACE || character === OPEN_BRACKET) depth++
    else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) depth--
    else if (character === QUOTE) {
      if (depth === 1 && json.startsWith(key, at)) return true
      at = endOfString(json, at)
    }
  }
  return false
}

/** Reads a logger's bindings and fixed keys. One logger writes many lines in a row: the last answer is kept. */
export function takenKeysReader(symbols: PinoSymbols): TakenKeys {
  let lastBindings: unknown
  let lastMessage: unknown
  let lastNested: unknown
  let lastFields: LineFields | undefined
  let lastVersion = 0
  let answer: ReadonlySet<string> | undefined

  return (logger, fields) => {
    const bindings = logger[symbols.chindings] as string
    const message = logger[symbols.messageKey] as string
    const nested = logger[symbols.nestedKey] as string | null
    if (
      bindings !== lastBindings ||
      message !== lastMessage ||
      nested !== lastNested ||
      fields !== lastFields ||
      fields.version !== lastVersion
    ) {
      const none = !fields.mentions(bindings) && !fields.has(message) && !fields.has(nested)
      answer = none ? undefined : new Set([message, nested ?? message, ...bindingKeys(bindings)])
      lastBindings = bindings
      lastMessage = message
      lastNested = nested
      lastFields = fields
      lastVersion = fields.version
    }
    return answer
  }
}

/** pino's own bindings() reads them in this way. */
function bindingKeys(bindings: string): string[] {
  return Object.keys(JSON.parse(`{${bindings.slice(1)}}`) as object)
}

/** Whether a merge object has one of our names. */
export function mayWrite(merge: unknown, fields: LineFields): boolean {
  for (const key in merge as object) if (fields.has(key)) return true
  return false
}

/**
 * Tells whether the level and the time, as a logger writes them, hold none of our names. Asked of each line, so
 * it remembers the level's text and the time function that it has seen last.
 */
export function ownHeadReader(
  symbols: PinoSymbols,
): (logger: PinoInternals, fields: LineFields, level: number, time: string) => boolean {
  let lastLevel: unknown
  let lastTime: unknown
  let lastFields: LineFields | undefined
  let lastVersion = 0

  return (logger, fields, level, time) => {
    const levelText = (logger[symbols.lsCache] as Record<number, string>)[level]!
    const makeTime = logger[symbols.time] as () => string
    const seen = fields === lastFields && fields.version === lastVersion
    if (seen && levelText === lastLevel && makeTime === lastTime) return true
    // A time function of the app's own may write another key at another time.
    const known = OWN_TIMES.has(makeTime.name) && !fields.mentions(time)
    if (!known || levelText === '{' || fields.mentions(levelText)) return false
    lastLevel = levelText
    lastTime = makeTime
    lastFields = fields
    lastVersion = fields.version
    return true
  }
}

/** The time functions that come with pino. */
const OWN_TIMES = new Set(['epochTime', 'unixTime', 'isoTime', 'nullTime', 'isoTimeNano'])

/** Whether pino writes this member of a merge object. A getter is the app's: it is not called for this. */
function writes(merge: object, name: string): boolean {
  const property = Object.getOwnPropertyDescriptor(merge, name)
  if (property === undefined) return false
  return property.get !== undefined || (property.value !== undefined && typeof property.value !== 'function')
}

function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    const character = json.charCodeAt(at)
    if (character === BACKSLASH) at++
    else if (character === QUOTE) return at
  }
  return json.length
}

const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const QUOTE = 0x22
const BACKSLASH = 0x5c
