import type { SpanRow } from '@waybill/viewer'
import type { Fate } from './stories.ts'
import { ERROR, KIND, text } from './telemetry.ts'
import type { Topics } from './topics.ts'

export interface Step {
  /** Completes "its trace has no …". */
  what: string
  found: (span: SpanRow) => boolean
}

/** The spans that a record leaves on its way, in order. */
export function stepsOf(fate: Fate, topics: Topics): Step[] {
  const accepted = [
    server('scan-api', (span) => span.parentSpanId === undefined),
    message('scan-api', 'send', topics.scans),
    message('scan-transform', 'process', topics.scans),
  ]
  if (fate === 'dead')
    return [...accepted, failedTransform, message('scan-transform', 'send', topics.deadLetter)]
  const stored = [
    ...accepted,
    server('depot-directory'),
    message('scan-transform', 'send', topics.enriched),
    message('parcel-store', 'process', topics.enriched),
    decision(fate === 'notified'),
  ]
  return fate === 'stored' ? stored : [...stored, server('customer-hook'), mail]
}

const failedTransform: Step = {
  what: 'transform span of scan-transform with error status',
  found: ({ service, name, status }) =>
    service === 'scan-transform' && name.startsWith('transform ') && status === ERROR,
}

const mail: Step = {
  what: 'e-mail span of parcel-notify that says it was sent',
  found: (span) =>
    span.service === 'parcel-notify' &&
    text(span, 'action_type') === 'email' &&
    text(span, 'delivery_status') === 'sent',
}

function server(service: string, more: (span: SpanRow) => boolean = () => true): Step {
  return {
    what: `HTTP server span of ${service}`,
    found: (span) => span.service === service && span.kind === KIND.server && more(span),
  }
}

function message(service: string, operation: 'send' | 'process', topic: string): Step {
  return {
    what: `${operation} span of ${service} for topic ${topic}`,
    found: (span) =>
      span.service === service &&
      text(span, 'messaging.operation.name') === operation &&
      text(span, 'messaging.destination.name') === topic,
  }
}

function decision(matched: boolean): Step {
  return {
    what: `pipeline span of parcel-notify with condition_matched=${matched}`,
    found: (span) =>
      span.service === 'parcel-notify' &&
      span.kind === KIND.consumer &&
      span.attributes['condition_matched'] === matched,
  }
}
