import type { CaseEnv, Cases } from '../types.ts'

const of = (sampler: string, arg?: string): CaseEnv => ({
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
  OTEL_TRACES_SAMPLER: sampler,
  OTEL_TRACES_SAMPLER_ARG: arg ?? null,
})

export const sampling: Cases = {
  'sampler always_on': of('always_on'),
  'sampler always_off': of('always_off'),
  'sampler parentbased_always_on': of('parentbased_always_on'),
  'sampler parentbased_always_off': of('parentbased_always_off'),
  'sampler traceidratio 0': of('traceidratio', '0'),
  'sampler traceidratio 1': of('traceidratio', '1'),
  'sampler traceidratio without ratio': of('traceidratio'),
  'sampler parentbased_traceidratio 0': of('parentbased_traceidratio', '0'),
  'sampler parentbased_traceidratio 1': of('parentbased_traceidratio', '1'),
  'sampler parentbased_traceidratio without ratio': of('parentbased_traceidratio'),
  'sampler with an argument it does not take': of('always_on', '0.5'),
  'sampler empty': of(''),
  'sampler with spaces': of(' always_off '),
  'sampler unknown': of('foo'),
  'ratio that is no number': of('traceidratio', 'abc'),
  'ratio above 1': of('traceidratio', '2'),
  'ratio below 0': of('traceidratio', '-1'),
}
