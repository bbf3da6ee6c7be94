// What pino keeps to itself, found by the descriptions of its symbols. They are the same from 7.0 to 10.4.

/** A logger as pino sees it from within. */
export interface PinoInternals {
  readonly levels: { readonly labels: Readonly<Record<number, string>> }
  [symbol: symbol]: unknown
}

export type AsJson = (
  this: PinoInternals,
  merge: unknown,
  msg: unknown,
  level: number,
  time: string,
) => string

export interface PinoSymbols {
  readonly asJson: symbol
  readonly chindings: symbol
  readonly lsCache: symbol
  readonly time: symbol
  readonly messageKey: symbol
  readonly nestedKey: symbol
  /** From pino 8.5 on. */
  readonly errorKey: symbol | undefined
}

/** The symbols of the copy of pino that made `logger`; undefined where it is not a pino logger. */
export function findSymbols(logger: object): PinoSymbols | undefined {
  const found = new Map<string | undefined, symbol>()
  for (let at: object | null = logger; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    for (const symbol of Object.getOwnPropertySymbols(at)) found.set(symbol.description, symbol)
  }
  const asJson = found.get('pino.asJson')
  const chindings = found.get('pino.chindings')
  const lsCache = found.get('pino.lsCache')
  const time = found.get('pino.time')
  const messageKey = found.get('pino.messageKey')
  const nestedKey = found.get('pino.nestedKey')
  if (!asJson || !chindings || !lsCache || !time || !messageKey || !nestedKey) return undefined
  return { asJson, chindings, lsCache, time, messageKey, nestedKey, errorKey: found.get('pino.errorKey') }
}

/** The object that all loggers of one copy of pino inherit from: the topmost that has `asJson`. */
export function findPrototype(logger: object, { asJson }: PinoSymbols): Record<symbol, AsJson> | undefined {
  let found: object | undefined
  for (let at: object | null = logger; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (Object.hasOwn(at, asJson)) found = at
  }
  return found as Record<symbol, AsJson> | undefined
}
