import { ROOT_CONTEXT, type Context } from '@opentelemetry/api'

/** So many links are followed; then the values move into one map, and what they have replaced is let go. */
const MAX_LINKS = 16

/**
 * A context that holds one value and knows the context it was made from. The API's own copies all values each
 * time one is set, which a request does five times.
 */
class LinkedContext implements Context {
  readonly #key: symbol
  readonly #value: unknown
  readonly #next: LinkedContext | undefined
  /** What lies below the links. */
  readonly #base: Context
  readonly #links: number

  constructor(key: symbol, value: unknown, next: LinkedContext | undefined, base: Context, links: number) {
    this.#key = key
    this.#value = value
    this.#next = next
    this.#base = base
    this.#links = links
  }

  getValue(key: symbol): unknown {
    if (this.#key === key) return this.#value
    for (let at = this.#next; at !== undefined; at = at.#next) {
      if (at.#key === key) return at.#value
    }
    return this.#base.getValue(key)
  }

  setValue(key: symbol, value: unknown): Context {
    // Setting the same key again and again makes no chain.
    if (key === this.#key) return new LinkedContext(key, value, this.#next, this.#base, this.#links)
    if (this.#links < MAX_LINKS) return new LinkedContext(key, value, this, this.#base, this.#links + 1)
    return new LinkedContext(key, value, undefined, this.#flat(), 1)
  }

  deleteValue(key: symbol): Context {
    return this.getValue(key) === undefined ? this : this.setValue(key, undefined)
  }

  #flat(): Context {
    const values = new Map<symbol, unknown>([[this.#key, this.#value]])
    for (let at = this.#next; at !== undefined; at = at.#next) {
      if (!values.has(at.#key)) values.set(at.#key, at.#value)
    }
    let base = this.#base
    for (const [key, value] of values) {
      base = value === undefined ? base.deleteValue(key) : base.setValue(key, value)
    }
    return base
  }
}

/** Nothing is set in it, as in the API's `ROOT_CONTEXT`; setting a value in it, and in what comes of it, is cheap. */
export const LINKED_ROOT: Context = new LinkedContext(
  Symbol('waybill.root'),
  undefined,
  undefined,
  ROOT_CONTEXT,
  0,
)
