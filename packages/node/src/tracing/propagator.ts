import {
  propagation,
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api'
import { CompositePropagator, isTracingSuppressed, W3CBaggagePropagator } from '@opentelemetry/core'
import {
  acceptOperationId,
  currentOperation,
  makeOperation,
  OPERATION_CARRIER_KEY,
  setOperation,
} from '@waybill/core'
import { load } from '../lazy.ts'
import type { Propagator } from '../options/read.ts'
import type * as VendorModule from './propagators/create.ts'
import { TraceContextPropagator } from './propagators/trace-context.ts'

/** The propagators of `OTEL_PROPAGATORS`, in order. */
export function createPropagator(names: readonly Propagator[]): TextMapPropagator {
  const propagators = names.map((name) => {
    if (name === 'tracecontext') return new TraceContextPropagator()
    if (name === 'baggage') return new OperationBaggagePropagator()
    return (load('tracing/propagators/create') as typeof VendorModule).createVendorPropagator(name)
  })
  return new CompositePropagator({ propagators })
}

const BAGGAGE = 'baggage'
const MEMBER = `${OPERATION_CARRIER_KEY}=`

/**
 * W3C baggage in which the operation id travels as one member.
 *
 * Extracting is where work enters the process, so a context without an operation gets a new one there:
 * log lines of a request that is not sampled have their id too.
 */
export class OperationBaggagePropagator implements TextMapPropagator {
  readonly #baggage = new W3CBaggagePropagator()

  inject(ctx: Context, carrier: unknown, setter: TextMapSetter): void {
    const operation = currentOperation(ctx)
    const own = propagation.getBaggage(ctx)
    if (!operation) {
      this.#baggage.inject(ctx, carrier, setter)
      return
    }
    // As a rule it is the only member.
    if (!own && acceptOperationId(operation.id) !== undefined) {
      if (!isTracingSuppressed(ctx)) setter.set(carrier, BAGGAGE, MEMBER + operation.id)
      return
    }
    const baggage = (own ?? propagation.createBaggage()).setEntry(OPERATION_CARRIER_KEY, {
      value: operation.id,
    })
    this.#baggage.inject(propagation.setBaggage(ctx, baggage), carrier, setter)
  }

  extract(ctx: Context, carrier: unknown, getter: TextMapGetter): Context {
    const header = getter.get(carrier, BAGGAGE)
    if (header === undefined) {
      return currentOperation(ctx) ? ctx : setOperation(ctx, makeOperation(undefined))
    }
    if (typeof header === 'string' && header.startsWith(MEMBER) && !propagation.getBaggage(ctx)) {
      const only = acceptOperationId(header.slice(MEMBER.length))
      if (only !== undefined) return setOperation(ctx, { id: only })
    }
    const extracted = this.#baggage.extract(ctx, carrier, getter)
    const baggage = propagation.getBaggage(extracted)
    const inbound = acceptOperationId(baggage?.getEntry(OPERATION_CARRIER_KEY)?.value)
    // What the app sees as its baggage is what the sender's app put there.
    const visible =
      baggage && inbound !== undefined
        ? propagation.setBaggage(extracted, baggage.removeEntry(OPERATION_CARRIER_KEY))
        : extracted
    if (inbound !== undefined) return setOperation(visible, { id: inbound })
    return currentOperation(ctx) ? visible : setOperation(visible, makeOperation(undefined))
  }

  fields(): string[] {
    return this.#baggage.fields()
  }
}
