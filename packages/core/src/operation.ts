import { context, createContextKey, trace, type Context, type Span } from '@opentelemetry/api'
import { OPERATION_ID, OPERATION_NAME } from './attributes.ts'

/** One logical piece of work: a request, a job, a message, an event. */
export interface Operation {
  /** 8 hex characters of our own making, or the well-formed id that came from outside. */
  readonly id: string
  readonly name?: string
}

export interface OperationOptions {
  /** An id from outside. Kept when well-formed, else replaced. */
  id?: string | undefined
}

const OPERATION = createContextKey('waybill.operation')
const ON_SPAN = Symbol.for('waybill.operation')

/** Run `fn` as the operation `name`. A nested operation has an id of its own. */
export function withOperation<T>(name: string, fn: () => T): T
export function withOperation<T>(name: string, options: OperationOptions, fn: () => T): T
export function withOperation<T>(name: string, optionsOrFn: OperationOptions | (() => T), last?: () => T): T {
  const fn = typeof optionsOrFn === 'function' ? optionsOrFn : last!
  const inbound = typeof optionsOrFn === 'function' ? undefined : optionsOrFn.id
  return context.with(setOperation(context.active(), makeOperation(inbound, name)), fn)
}

/** The operation of `ctx` (default: the active context): set there, or that of its span. */
export function currentOperation(ctx: Context = context.active()): Operation | undefined {
  return (
    (ctx.getValue(OPERATION) as Operation | undefined) ??
    (trace.getSpan(ctx) as WithOperation | undefined)?.[ON_SPAN]
  )
}

export function currentOperationId(ctx?: Context): string | undefined {
  return currentOperation(ctx)?.id
}

export function setOperation(ctx: Context, operation: Operation): Context {
  return ctx.setValue(OPERATION, operation)
}

export function clearOperation(ctx: Context): Context {
  return ctx.deleteValue(OPERATION)
}

/**
 * Give a span that has just started its operation: the one of its parent context, else a new one (it is
 * where work begins). For span processors.
 */
export function adoptOperation(span: Span, parent: Context): void {
  const operation = currentOperation(parent) ?? makeOperation(undefined)
  ;(span as WithOperation)[ON_SPAN] = operation
  span.setAttribute(OPERATION_ID, operation.id)
  if (operation.name !== undefined) span.setAttribute(OPERATION_NAME, operation.name)
}

/** A well-formed inbound id is kept, anything else replaced by a new one. */
export function makeOperation(inbound: unknown, name?: string): Operation {
  const id = acceptOperationId(inbound) ?? newId()
  return name === undefined ? { id } : { id, name }
}

/** `inbound` when it is 8 hex characters or a UUID (any version, either case), else undefined. */
export function acceptOperationId(inbound: unknown): string | undefined {
  return typeof inbound === 'string' && inbound.length <= 36 && WELL_FORMED.test(inbound)
    ? inbound
    : undefined
}

const WELL_FORMED = /^(?:[0-9a-f]{8}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i

type WithOperation = Span & { [ON_SPAN]?: Operation }

function newId(): string {
  // Not a secret: it need only differ from its neighbours. Reading node:crypto would cost every start 5 ms.
  return Math.floor(Math.random() * 0x1_0000_0000)
    .toString(16)
    .padStart(8, '0')
}
