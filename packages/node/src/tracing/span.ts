import {
  diag,
  SpanStatusCode,
  TraceFlags,
  type AttributeValue,
  type Attributes,
  type Exception,
  type HrTime,
  type Link,
  type Span as ApiSpan,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  type TimeInput,
} from '@opentelemetry/api'
import {
  addHrTimes,
  cleanAttributes,
  cleanSimpleAttributes,
  hrTimeDuration,
  isTimeInput,
  isTimeInputHrTime,
  millisToHrTime,
  type InstrumentationScope,
} from '@opentelemetry/core'
import type { Resource } from '@opentelemetry/resources'
import type { ReadableSpan, SpanProcessor, TimedEvent } from '@opentelemetry/sdk-trace'
import { reportInternal } from '@waybill/core'
import type { Limits } from './limits.ts'
import { exceptionAttributes, numberToHrTime, putAttribute } from './span-values.ts'
import type { SpanCounts } from './span-counts.ts'

/** What all spans of one tracer share. */
export interface SpanOwner {
  readonly scope: InstrumentationScope
  readonly resource: Resource
  readonly limits: Limits
  readonly processors: readonly SpanProcessor[]
  readonly counts: SpanCounts | undefined
}

const UNSET: SpanStatus = { code: SpanStatusCode.UNSET }
const ENDED = 'the span has ended: it takes nothing any more'

/**
 * A span that is recorded. It does what upstream's does, with fewer objects: strings, numbers and booleans are
 * taken as they are, and there are no lists until something is put into them.
 */
export class RecordingSpan implements ApiSpan, ReadableSpan {
  name: string
  readonly kind: SpanKind
  readonly parentSpanContext?: SpanContext
  readonly startTime: HrTime
  endTime: HrTime = NO_TIME
  duration: HrTime = NO_TIME
  status: SpanStatus = UNSET
  readonly attributes: Attributes = {}
  links: Link[] = NO_LINKS
  events: TimedEvent[] = NO_EVENTS
  ended = false
  droppedAttributesCount = 0
  droppedEventsCount = 0
  droppedLinksCount = 0
  readonly #context: SpanContext
  readonly #owner: SpanOwner
  readonly #startedAt: number = performance.now()
  readonly #startIsGiven: boolean
  #attributesCount = 0

  constructor(
    owner: SpanOwner,
    name: string,
    kind: SpanKind,
    spanContext: SpanContext,
    parent: SpanContext | undefined,
    startTime: TimeInput | undefined,
  ) {
    this.#owner = owner
    this.#context = spanContext
    this.name = name
    this.kind = kind
    if (parent) this.parentSpanContext = parent
    this.#startIsGiven = startTime !== undefined
    this.startTime = startTime === undefined ? millisToHrTime(Date.now()) : this.#time(startTime)
  }

  get resource(): Resource {
    return this.#owner.resource
  }

  get instrumentationScope(): InstrumentationScope {
    return this.#owner.scope
  }

  spanContext(): SpanContext {
    return this.#context
  }

  isRecording(): boolean {
    return !this.ended
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (this.ended) return warn(this)
    const more = putAttribute(this.attributes, key, value, this.#attributesCount, this.#owner.limits)
    if (more < 0) this.#dropAttribute()
    else this.#attributesCount += more
    return this
  }

  setAttributes(attributes: Attributes): this {
    for (const key in attributes)
      if (Object.hasOwn(attributes, key)) this.setAttribute(key, attributes[key] as AttributeValue)
    return this
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.ended) return warn(this)
    const { eventCountLimit, attributePerEventCountLimit, attributeValueLengthLimit } = this.#owner.limits
    if (eventCountLimit === 0) {
      this.droppedEventsCount++
      return this
    }
    if (this.events.length >= eventCountLimit) {
      this.events.shift()
      this.droppedEventsCount++
    }
    const isTime = isTimeInput(attributesOrTime)
    const attributes = isTime ? undefined : attributesOrTime
    const at = isTime && !isTimeInput(time) ? attributesOrTime : time
    if (this.events === NO_EVENTS) this.events = []
    this.events.push({
      name,
      time: at === undefined ? this.#now() : this.#time(at),
      ...cleanSimpleAttributes(attributes, {
        attributeCountLimit: attributePerEventCountLimit,
        attributeValueLengthLimit,
      }),
    })
    return this
  }

  addLink(link: Link): this {
    if (this.ended) return warn(this)
    const { linkCountLimit, attributePerLinkCountLimit, attributeValueLengthLimit } = this.#owner.limits
    if (linkCountLimit === 0) {
      this.droppedLinksCount++
      return this
    }
    if (this.links.length >= linkCountLimit) {
      this.links.shift()
      this.droppedLinksCount++
    }
    if (this.links === NO_LINKS) this.links = []
    this.links.push({
      context: link.context,
      ...cleanAttributes(link.attributes, {
        attributeCountLimit: attributePerLinkCountLimit,
        attributeValueLengthLimit,
      }),
    })
    return this
  }

  addLinks(links: Link[]): this {
    for (const link of links) this.addLink(link)
    return this
  }

  setStatus({ code, message }: SpanStatus): this {
    if (this.ended) return warn(this)
    // OK is final, UNSET says nothing. https://opentelemetry.io/docs/specs/otel/trace/api/#set-status
    if (code === SpanStatusCode.UNSET || this.status.code === SpanStatusCode.OK) return this
    const says = code === SpanStatusCode.ERROR && typeof message === 'string'
    this.status = says ? { code, message } : { code }
    return this
  }

  updateName(name: string): this {
    if (this.ended) return warn(this)
    this.name = name
    return this
  }

  recordException(exception: Exception, time?: TimeInput): void {
    const attributes = exceptionAttributes(exception)
    if (attributes['exception.type'] || attributes['exception.message']) {
      this.addEvent('exception', attributes, time)
    } else diag.warn('an exception without a name and without a message says nothing: it is not recorded')
  }

  end(endTime?: TimeInput): void {
    if (this.ended) {
      diag.error(
        `${this.name} ${this.#context.traceId}-${this.#context.spanId}: end() was called a second time`,
      )
      return
    }
    this.endTime = endTime === undefined ? this.#now() : this.#time(endTime)
    this.duration = hrTimeDuration(this.startTime, this.endTime)
    if (this.duration[0] < 0) {
      diag.warn('a span ends before it starts; its duration is 0', this.startTime, this.endTime)
      this.endTime = [...this.startTime]
      this.duration = [0, 0]
    }
    const { processors, counts } = this.#owner
    counts?.end((this.#context.traceFlags & TraceFlags.SAMPLED) !== 0)
    for (let at = 0; at < processors.length; at++) {
      try {
        processors[at]!.onEnding?.(this)
      } catch (error) {
        reportInternal('onEnding of a span processor', error)
      }
    }
    this.ended = true
    for (let at = 0; at < processors.length; at++) {
      try {
        processors[at]!.onEnd(this)
      } catch (error) {
        reportInternal('onEnd of a span processor', error)
      }
    }
  }

  #now(): HrTime {
    if (this.#startIsGiven) return millisToHrTime(Date.now())
    return addHrTimes(this.startTime, millisToHrTime(performance.now() - this.#startedAt))
  }

  #time(given: TimeInput): HrTime {
    if (typeof given === 'number') return numberToHrTime(given)
    if (given instanceof Date) return millisToHrTime(given.getTime())
    return isTimeInputHrTime(given) ? given : this.#now()
  }

  #dropAttribute(): void {
    this.droppedAttributesCount++
    if (this.droppedAttributesCount === 1) diag.warn(`${this.name}: attributes over the limit are dropped`)
  }
}

const NO_TIME: HrTime = [0, 0]
const NO_LINKS: Link[] = []
const NO_EVENTS: TimedEvent[] = []

function warn<S extends RecordingSpan>(span: S): S {
  diag.warn(`${span.name}: ${ENDED}`)
  return span
}
