import {
  propagation,
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  acceptOperationId,
  currentOperation,
  makeOperation,
  OPERATION_CARRIER_KEY,
  setOperation,
} from '@waybill/core'
import type { Propagator } from '../options/read.ts'

/** The propagators of `OTEL_PROPAGATORS`, in order. */
export function createPropagator(names: readonly Propagator[]): TextMapPropagator {
  const propagators = names.map((name) =>
    name === 'tracecontext' ? new W3CTraceContextPropagator() : new OperationBaggagePropagator(),
  )
  return new CompositePropagator({ propagators })
}

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
    if (!operation) {
      this.#baggage.inject(ctx, carrier, setter)
      return
    }
    const baggage = (propagation.getBaggage(ctx) ?? propagation.createBaggage()).setEntry(
      OPERATION_CARRIER_KEY,
      {
        value: operation.id,
      },
    )
    this.#baggage.inject(propagation.setBaggage(ctx, baggage), carrier, setter)
  }

  extract(ctx: Context, carrier: unknown, getter: TextMapGetter): Context {
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
