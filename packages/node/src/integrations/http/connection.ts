import { AsyncResource, executionAsyncResource } from 'node:async_hooks'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { context, type Context } from '@opentelemetry/api'
import type { ServerRequest } from './server-request.ts'

/** What Node's HTTP parser is to async hooks; `socket.parser`, nowhere documented. */
interface Parser {
  asyncReset?(resource: object): void
}

/**
 * A connection of a server: what is the same for all of its requests, the requests that are not answered yet, and
 * the context that their events are in.
 *
 * Node runs each callback of the parser in a scope of its own, so a context that is entered while a request starts
 * ends with that callback, after the app's handler, and lives on in all that the handler has begun. What comes
 * later from outside (the rest of a body, the end of the connection) runs in the scope of the connection.
 */
export class Connection {
  readonly scheme: 'http' | 'https'
  readonly peerAddress: string | undefined
  readonly peerPort: number | undefined
  readonly #socket: Socket
  readonly #outer: Context = context.active()
  #stores: Stores | undefined
  #outerStore: unknown
  /** Not answered yet: as a rule one, several where the client pipelines. */
  readonly #requests: ServerRequest[] = []

  constructor(socket: Socket) {
    this.#socket = socket
    this.scheme = 'encrypted' in socket && socket.encrypted ? 'https' : 'http'
    this.peerAddress = socket.remoteAddress
    this.peerPort = socket.remotePort
  }

  /** Enter the context of a request that starts, for the app's handler and for what will come of its body. */
  begin(request: ServerRequest, hasBody: boolean): void {
    this.#requests.push(request)
    storeKey ??= findStoreKey(request.context)
    if (storeKey === NONE) {
      context.attach(request.context)
      if (hasBody) request.bodyIsInContext = this.#scopeParser()
      return
    }
    const stores = storesOf(executionAsyncResource() as Stores)
    if (!this.#stores) {
      this.#stores = stores
      this.#outerStore = stores[storeKey]
    }
    context.attach(request.context)
  }

  /** The request of a response that is complete; it is forgotten here. */
  finish(response: ServerResponse): ServerRequest | undefined {
    const index = this.#requests.findIndex((request) => request.response === response)
    if (index < 0) return undefined
    const [request] = this.#requests.splice(index, 1)
    this.#leave(request!)
    return request
  }

  /**
   * The requests that the end of the connection leaves without a complete answer. The rest of the event is in the
   * context of the first of them: this is where the app hears of it.
   */
  close(): readonly ServerRequest[] {
    const [first] = this.#requests
    if (first) context.attach(first.context)
    return this.#requests.splice(0)
  }

  /** What comes next on this connection, be it another request or an error, is not in the context of this one. */
  #leave(request: ServerRequest): void {
    const stores = this.#stores
    if (stores && storeKey) {
      if (stores[storeKey] === request.context) stores[storeKey] = this.#outerStore
    } else if (request.bodyIsInContext && this.#requests.every(({ bodyIsInContext }) => !bodyIsInContext)) {
      context.with(this.#outer, () => this.#scopeParser())
    }
  }

  /** Let the parser's callbacks run in the context that is active now. */
  #scopeParser(): boolean {
    const { parser } = this.#socket as { parser?: Parser | null }
    if (typeof parser?.asyncReset !== 'function') return false
    parser.asyncReset(executionAsyncResource())
    return true
  }
}

type Stores = Record<symbol, unknown>

/**
 * Where Node up to 22 keeps what is entered: on the resource, under this key, and the parser's resource is one for
 * the whole connection. Later versions keep it beside the resources.
 */
let storeKey: symbol | undefined
const NONE = Symbol('none')
/** Under `--no-async-context-frame` later versions keep it on the resource too, one level below this key. */
let nestKey: symbol | undefined

function findStoreKey(ctx: Context): symbol {
  const resource = new AsyncResource('waybill')
  resource.runInAsyncScope(() => context.attach(ctx))
  const stores = resource as unknown as Stores
  const keys = Object.getOwnPropertySymbols(stores)
  const own = keys.find((key) => stores[key] === ctx)
  if (own) return own
  for (const key of keys) {
    const inner = stores[key]
    if (typeof inner !== 'object' || inner === null) continue
    const found = Object.getOwnPropertySymbols(inner).find((one) => (inner as Stores)[one] === ctx)
    if (!found) continue
    nestKey = key
    return found
  }
  return NONE
}

function storesOf(resource: Stores): Stores {
  return nestKey === undefined ? resource : ((resource[nestKey] ??= Object.create(null)) as Stores)
}
