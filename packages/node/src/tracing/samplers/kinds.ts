import { SpanKind } from '@opentelemetry/api'
import type { SpanKindName } from '../config.ts'

const NUMBER: Record<SpanKindName, SpanKind> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
}

export function kindNumbers(names: SpanKindName | readonly SpanKindName[]): ReadonlySet<SpanKind> {
  return new Set((typeof names === 'string' ? [names] : names).map((name) => NUMBER[name]))
}
