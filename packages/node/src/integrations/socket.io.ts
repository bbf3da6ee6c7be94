import { SocketIoInstrumentation as Upstream } from '@opentelemetry/instrumentation-socket.io'

type Listener = ((this: unknown, ...args: unknown[]) => unknown) & { listener?: Listener }
type On = (this: Emitter, event: string, listener: Listener) => unknown
interface Emitter {
  removeListener(event: string, listener: Listener): unknown
}
interface Internals {
  _patchOn(version: string): (original: On) => On
}

/**
 * Upstream's, whose listeners cannot be removed any more: here they carry the app's own as `listener`, as those
 * of `once` do, so that Node's emitter knows them. What is no function goes to the library as it is.
 */
export class SocketIoInstrumentation extends Upstream {
  constructor(config: ConstructorParameters<typeof Upstream>[0] = {}) {
    super(config)
    const internals = this as unknown as Internals
    const patchOn = internals._patchOn.bind(this)
    // Called when the library is loaded.
    internals._patchOn = (version) => (original) => removable(original, patchOn(version))
  }
}

function removable(original: On, patch: (original: On) => On): On {
  // What upstream would add in place of a listener.
  const trace = patch((_event, listener) => listener)
  const on: On = function on(event, listener) {
    if (typeof listener !== 'function') return original.call(this, event, listener)
    // `once` adds a function of its own, with the app's on it.
    const own = listener.listener ?? listener
    const traced = trace.call(this, event, own) as Listener
    if (traced === own) return original.call(this, event, listener)
    const added = own === listener ? traced : onlyOnce(this, event, traced)
    added.listener = own
    return original.call(this, event, added)
  }
  for (const name of ['name', 'length'] as const)
    Object.defineProperty(on, name, { value: original[name], configurable: true })
  return on
}

function onlyOnce(emitter: Emitter, event: string, listener: Listener): Listener {
  const once: Listener = function once(this: unknown, ...args) {
    emitter.removeListener(event, once)
    return listener.apply(this, args)
  }
  return once
}
