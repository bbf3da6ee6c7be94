import { AwsInstrumentation as Upstream } from '@opentelemetry/instrumentation-aws-sdk'

interface Command {
  readonly input?: unknown
}
type Send = (this: unknown, command: unknown, ...rest: unknown[]) => unknown
type Handler = (command: Command) => unknown
type Resolve = (this: unknown, ...args: unknown[]) => Handler
interface Internals {
  _getV3SmithyClientSendPatch(version: string | undefined, original: Send): Send
  _getV3MiddlewareStackResolvePatch(version: string | undefined, original: Resolve): Resolve
}

/**
 * Upstream's, which writes the trace context into the app's own command, and throws where that is frozen: here it
 * gets a copy of it to write on.
 */
export class AwsInstrumentation extends Upstream {
  constructor(config: ConstructorParameters<typeof Upstream>[0] = {}) {
    super(config)
    const internals = this as unknown as Internals
    const patchSend = internals._getV3SmithyClientSendPatch.bind(this)
    const patchResolve = internals._getV3MiddlewareStackResolvePatch.bind(this)
    // Called when the library is loaded.
    internals._getV3SmithyClientSendPatch = (version, original) =>
      checked(original, patchSend(version, original))
    internals._getV3MiddlewareStackResolvePatch = (version, original) => {
      const resolve = patchResolve(version, original)
      return function (this: unknown, ...args) {
        const handler = resolve.apply(this, args)
        return (command) => handler(writable(command))
      }
    }
  }
}

/** Only commands are marked with the client's configuration; the library says what it thinks of the rest. */
function checked(original: Send, patched: Send): Send {
  const send: Send = function send(command, ...rest) {
    const marked = typeof command === 'object' && command !== null && Object.isExtensible(command)
    return (marked ? patched : original).call(this, command, ...rest)
  }
  Object.defineProperty(send, 'length', { value: original.length, configurable: true })
  return send
}

function writable(command: Command): Command {
  const input = { value: copy(command.input, 3), writable: true, enumerable: true, configurable: true }
  const own = { ...Object.getOwnPropertyDescriptors(command), input }
  return Object.create(Object.getPrototypeOf(command) as object, own) as Command
}

/** Of plain objects and arrays, `depth` levels of them: an entry of a batch with its attributes is the deepest. */
function copy(value: unknown, depth: number): unknown {
  if (depth === 0 || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((one) => copy(one, depth - 1))
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, copy(one, depth - 1)]))
}
