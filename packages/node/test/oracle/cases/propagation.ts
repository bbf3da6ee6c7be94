import type { CaseEnv, Cases } from '../types.ts'

const QUIET: CaseEnv = { OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' }
const of = (names: string): CaseEnv => ({ ...QUIET, OTEL_PROPAGATORS: names })

export const propagation: Cases = {
  'propagators by default': QUIET,
  'propagator tracecontext': of('tracecontext'),
  'propagator baggage': of('baggage'),
  'propagator b3': of('b3'),
  'propagator b3multi': of('b3multi'),
  'propagators tracecontext, baggage': of('tracecontext,baggage'),
  'propagators baggage, tracecontext': of('baggage,tracecontext'),
  'propagators tracecontext, baggage, b3': of('tracecontext,baggage,b3'),
  'propagators b3, b3multi': of('b3,b3multi'),
  'propagators all': of('tracecontext,baggage,b3,b3multi'),
  'propagators none': of('none'),
  'propagators twice': of('b3,b3'),
  'propagators with spaces': of(' tracecontext , b3 '),
  'propagators in capitals': of('TraceContext,B3'),
  'propagators empty': of(''),
  'propagator unknown': of('foo'),
  'propagator unknown beside a known one': of('foo,b3'),
  'propagator jaeger': of('jaeger'),
}
