import type { SpanEvent, SpanLink, SpanRecord } from '../rows.ts'
import { attributesOf, BadRecord, fieldsOf, idOf, integerOf, listOf, textOf, timeOf } from './values.ts'

/** An OTLP/JSON span as a record. Throws BadRecord. */
export function spanOf(raw: unknown): SpanRecord {
  const span = fieldsOf(raw, 'a span')
  const traceId = idOf(span['traceId'], 32, 'traceId')
  const spanId = idOf(span['spanId'], 16, 'spanId')
  if (traceId === undefined || spanId === undefined)
    throw new BadRecord('a span needs a traceId and a spanId')
  const parentSpanId = idOf(span['parentSpanId'], 16, 'parentSpanId')
  const traceState = textOf(span['traceState'], 'traceState')
  const status = fieldsOf(span['status'], 'status')
  const statusMessage = textOf(status['message'], 'status.message')
  return {
    traceId,
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    name: textOf(span['name'], 'name'),
    kind: integerOf(span['kind'], 'kind'),
    start: timeOf(span['startTimeUnixNano'], 'startTimeUnixNano'),
    end: timeOf(span['endTimeUnixNano'], 'endTimeUnixNano'),
    status: statusOf(status['code']),
    ...(statusMessage !== '' && { statusMessage }),
    attributes: attributesOf(span['attributes']),
    events: listOf(span['events'], 'events').map(eventOf),
    links: listOf(span['links'], 'links').map(linkOf),
    ...(traceState !== '' && { traceState }),
    flags: integerOf(span['flags'], 'flags'),
  }
}

function statusOf(raw: unknown): 0 | 1 | 2 {
  const code = integerOf(raw, 'status.code')
  if (code !== 0 && code !== 1 && code !== 2) throw new BadRecord('status.code must be 0, 1 or 2')
  return code
}

function eventOf(raw: unknown): SpanEvent {
  const event = fieldsOf(raw, 'an event')
  return {
    name: textOf(event['name'], 'an event name'),
    time: timeOf(event['timeUnixNano'], 'timeUnixNano of an event'),
    attributes: attributesOf(event['attributes'], 'attributes of an event'),
  }
}

/** A link may be to nothing (the API lets one add such a link for its attributes): then its ids are ''. */
function linkOf(raw: unknown): SpanLink {
  const link = fieldsOf(raw, 'a link')
  return {
    traceId: idOf(link['traceId'], 32, 'traceId of a link') ?? '',
    spanId: idOf(link['spanId'], 16, 'spanId of a link') ?? '',
    attributes: attributesOf(link['attributes'], 'attributes of a link'),
  }
}
