import type { TextMapPropagator } from '@opentelemetry/api'
import type { PropagatorName } from '../config.ts'
import { B3Propagator } from './b3.ts'
import { JaegerPropagator } from './jaeger.ts'
import { XRayPropagator } from './xray.ts'

/** The propagators of other vendors' formats: read only where `OTEL_PROPAGATORS` names one. */
export function createVendorPropagator(
  name: Exclude<PropagatorName, 'tracecontext' | 'baggage'>,
): TextMapPropagator {
  switch (name) {
    case 'b3':
      return new B3Propagator(false)
    case 'b3multi':
      return new B3Propagator(true)
    case 'jaeger':
      return new JaegerPropagator()
    case 'xray':
      return new XRayPropagator()
  }
}
