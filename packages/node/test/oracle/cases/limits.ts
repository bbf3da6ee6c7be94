import type { CaseEnv, Cases } from '../types.ts'

const TRACES: CaseEnv = { OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' }
const LOGS: CaseEnv = { OTEL_METRICS_EXPORTER: 'none', OTEL_TRACES_EXPORTER: 'none' }
const BOTH: CaseEnv = { OTEL_METRICS_EXPORTER: 'none' }

export const limits: Cases = {
  'span attributes 5': { ...TRACES, OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '5' },
  'span attributes 1000': { ...TRACES, OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '1000' },
  'span attribute length 10': { ...TRACES, OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '10' },
  'span events 3': { ...TRACES, OTEL_SPAN_EVENT_COUNT_LIMIT: '3' },
  'span links 3': { ...TRACES, OTEL_SPAN_LINK_COUNT_LIMIT: '3' },
  'span events 1000, links 1000': {
    ...TRACES,
    OTEL_SPAN_EVENT_COUNT_LIMIT: '1000',
    OTEL_SPAN_LINK_COUNT_LIMIT: '1000',
  },
  'attributes of an event 4': { ...TRACES, OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT: '4' },
  'attributes of a link 4': { ...TRACES, OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT: '4' },
  'attributes of an event 4, by the specification’s name': {
    ...TRACES,
    OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: '4',
  },
  'attributes of a link 4, by the specification’s name': { ...TRACES, OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: '4' },
  'attributes 6 for all': { ...BOTH, OTEL_ATTRIBUTE_COUNT_LIMIT: '6' },
  'attributes 6 for all, of spans 9': {
    ...BOTH,
    OTEL_ATTRIBUTE_COUNT_LIMIT: '6',
    OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '9',
  },
  'attribute length 12 for all': { ...BOTH, OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '12' },
  'attribute length 12 for all, of spans 20': {
    ...BOTH,
    OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '12',
    OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '20',
  },
  'log attributes 3': { ...LOGS, OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: '3' },
  'log attribute length 8': { ...LOGS, OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: '8' },
  'log limits over those for all': {
    ...LOGS,
    OTEL_ATTRIBUTE_COUNT_LIMIT: '5',
    OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: '7',
    OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '5',
    OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: '7',
  },
  'span attributes 0': { ...TRACES, OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '0' },
  'span attributes -3': { ...TRACES, OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '-3' },
  'span attributes that are no number': { ...TRACES, OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: 'many' },
  'log attributes 0': { ...LOGS, OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: '0' },
}
