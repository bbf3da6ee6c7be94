import type { Attributes, Context, Histogram } from '@opentelemetry/api'
import * as semconv from './semconv.ts'

/** So many combinations of attributes are remembered; the others go upstream's way. */
const MAX_KNOWN = 1000

/**
 * Upstream's histogram makes JSON of the sorted attributes at each recording, to find the cell that counts them.
 * The cell is remembered here: until the next collection it is the same for the same attributes.
 */
export class DurationHistogram {
  readonly #histogram: Histogram
  #cells: Cells | undefined
  #known = new Map<string, Cell>()

  constructor(histogram: Histogram) {
    this.#histogram = histogram
  }

  record(seconds: number, attributes: Attributes, ctx: Context): void {
    const cells = cellsOf(this.#histogram)
    if (!cells) return this.#histogram.record(seconds, attributes, ctx)
    if (cells !== this.#cells) {
      this.#cells = cells
      this.#known = new Map()
    }
    const key = keyOf(attributes)
    const known = this.#known.get(key)
    if (known) return known.record(seconds)
    this.#histogram.record(seconds, attributes, ctx)
    // None where there are more combinations than a metric may have.
    const cell = cells.get(attributes)
    if (cell && this.#known.size < MAX_KNOWN) this.#known.set(key, cell)
  }
}

/** All attributes that a duration of HTTP has. */
function keyOf(of: Attributes): string {
  const status = of[semconv.STATUS_CODE] as number | undefined
  const route = of[semconv.ROUTE] as string | undefined
  const error = of[semconv.ERROR_TYPE] as string | undefined
  const version = of[semconv.PROTOCOL_VERSION] as string | undefined
  const scheme = of[semconv.SCHEME] as string | undefined
  const host = of[semconv.SERVER_ADDRESS] as string | undefined
  const port = of[semconv.SERVER_PORT] as number | undefined
  return `${of[semconv.METHOD] as string}\n${status}\n${route}\n${error}\n${version}\n${scheme}\n${host}\n${port}`
}

/** What upstream's histogram holds, as far as this needs it. */
interface Internals {
  /** Where the SDK is read later. */
  readonly real?: Internals | undefined
  readonly _writableMetricStorage?: {
    /** A view's: it changes the attributes. */
    readonly _attributesProcessor?: unknown
    readonly _deltaMetricStorage?: { readonly _activeCollectionStorage?: Cells }
  }
}

/** From attributes to cells; another one after each collection. */
interface Cells {
  get(attributes: Attributes): Cell | undefined
}

interface Cell {
  record(value: number): void
}

/** Undefined where there is no SDK, several readers or a view: then only upstream knows how to record. */
function cellsOf(histogram: Histogram): Cells | undefined {
  const internals = histogram as Internals
  const storage = (internals.real ?? internals)._writableMetricStorage
  if (storage === undefined || storage._attributesProcessor !== undefined) return undefined
  return storage._deltaMetricStorage?._activeCollectionStorage
}
