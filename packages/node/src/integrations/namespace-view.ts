/**
 * A view of an ES module's namespace, which is frozen, on which exports can be replaced. Those that are not
 * are read from the module each time, so its live bindings stay alive.
 */
export class NamespaceView {
  readonly exports: object
  readonly #replaced = new Map<PropertyKey, unknown>()

  constructor(namespace: object) {
    const replaced = this.#replaced
    const replace = (key: PropertyKey, value: unknown): boolean => {
      if (!Object.hasOwn(namespace, key)) return false
      replaced.set(key, value)
      return true
    }
    this.exports = new Proxy(namespace, {
      get: (target, key) => (replaced.has(key) ? replaced.get(key) : Reflect.get(target, key)),
      set: (_, key, value) => replace(key, value),
      defineProperty: (_, key, { value }) => replace(key, value),
      getOwnPropertyDescriptor(target, key) {
        const descriptor = Reflect.getOwnPropertyDescriptor(target, key)
        if (descriptor && replaced.has(key)) descriptor.value = replaced.get(key)
        return descriptor
      },
    })
  }

  /** Is it any different from the namespace? */
  get changed(): boolean {
    return this.#replaced.size > 0
  }
}
