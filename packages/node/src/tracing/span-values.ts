import type { Attributes, AttributeValue, Exception, HrTime } from '@opentelemetry/api'
import { hrTime, millisToHrTime } from '@opentelemetry/core'

// What a span is given, as it keeps it.

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
