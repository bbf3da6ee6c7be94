/** Returns the object that it is given as if it had made it: a class that extends it adds its private fields to that. */
const Given = class {
  constructor(object: object) {
    // oxlint-disable-next-line no-constructor-return -- it is what this is for
    return object
  }
} as new (object: object) => object

/**
 * Keeps something of ours with an object of the app's or of Node's, where neither the app nor `util.inspect` finds
 * it. A `WeakMap` does the same at forty times the price, and the garbage collector pays once more.
 */
export interface Hidden<T> {
  get(object: object): T | undefined
  /** Once for each object. */
  set(object: object, value: T): void
}

export function hidden<T>(): Hidden<T> {
  class Holder extends Given {
    #value: T | undefined
    static get(object: object): T | undefined {
      return #value in object ? object.#value : undefined
    }
    static set(object: object, value: T): void {
      ;(new Holder(object) as Holder).#value = value
    }
  }
  return Holder
}
