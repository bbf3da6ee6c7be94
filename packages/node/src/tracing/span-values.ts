import type { AnyValue, Attributes, AttributeValue, Exception, HrTime } from '@opentelemetry/api'
import { AddAttributeDecision, hrTime, maybeAddAttribute, millisToHrTime } from '@opentelemetry/core'

// What a span or a log record is given, as it keeps it.

interface AttributeLimits {
  readonly attributeCountLimit: number
  readonly attributeValueLengthLimit: number
}

/**
 * Set one attribute within the limits.
 *
 * @param count how many there are
 * @returns how many there are more: none where it has only another value; -1 where it is dropped
 */
export function putAttribute(
  attributes: Record<string, AnyValue>,
  key: string,
  value: AnyValue,
  count: number,
  limits: AttributeLimits,
): -1 | 0 | 1 {
  if (isPlain(value, limits.attributeValueLengthLimit) && key !== '') {
    const isNew = !Object.hasOwn(attributes, key)
    if (isNew && count >= limits.attributeCountLimit) return -1
    attributes[key] = value
    return isNew ? 1 : 0
  }
  const given = { key, value, attributes, limits, currentAttributesCount: count }
  const decision = maybeAddAttribute(given as Parameters<typeof maybeAddAttribute>[0])
  if (decision === AddAttributeDecision.DROP_LIMIT_REACHED) return -1
  return decision === AddAttributeDecision.ADD_NEW ? 1 : 0
}

/** A value that is kept as it is: neither a list, nor an object, nor too long. */
export function isPlain(value: unknown, limit: number): value is AttributeValue {
  switch (typeof value) {
    case 'string':
      return value.length <= limit
    case 'number':
    case 'boolean':
      return true
    default:
      return false
  }
}

/** `exception.*`; empty where it says nothing. */
export function exceptionAttributes(exception: Exception): Attributes {
  if (typeof exception === 'string') return { 'exception.message': exception }
  const attributes: Attributes = {}
  if (!exception) return attributes
  const { code, name, message, stack } = exception
  if (code) attributes['exception.type'] = code.toString()
  else if (name) attributes['exception.type'] = name
  if (message) attributes['exception.message'] = message
  if (stack) attributes['exception.stacktrace'] = stack
  return attributes
}

/** A number is a time of `performance.now()`, else milliseconds since 1970. */
export function numberToHrTime(given: number): HrTime {
  const now = performance.now()
  if (given > now) return millisToHrTime(given)
  return hrTime(given + Date.now() - (now + performance.timeOrigin))
}
