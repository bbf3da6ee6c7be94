/**
 * A function in front of `original` that looks like it: name, length, properties, `this`.
 *
 * @param handler gets `call`, which calls the original with the arguments given to it or else the app's own,
 *   the app's arguments, and the app's `this`
 */
export function around<A extends unknown[], R>(
  original: (...args: A) => R,
  handler: (call: (...args: A | []) => R, args: Partial<A>, self: unknown) => R,
): (...args: A) => R {
  return new Proxy(original, {
    apply: (target, self, args: A) =>
      handler(
        (...replaced) => Reflect.apply(target, self, replaced.length > 0 ? replaced : args) as R,
        args,
        self,
      ),
  })
}

/** Put a function in the place of `target[name]`, described as it was. @returns what puts the original back */
export function replaceFunction<T extends object, K extends keyof T>(
  target: T,
  name: K,
  wrap: (original: T[K]) => T[K],
): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(target, name)
  if (typeof descriptor?.value !== 'function') return () => {}
  const replacement = wrap(descriptor.value as T[K])
  Object.defineProperty(target, name, { ...descriptor, value: replacement })
  return () => {
    if (target[name] === replacement) Object.defineProperty(target, name, descriptor)
  }
}
