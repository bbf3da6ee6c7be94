import {
  context,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api'
import { currentOperation, guard, inSpan, makeOperation, setOperation } from '@waybill/core'
import type { Action } from './actions/custom.ts'
import { tellOf, type OnError } from './failures.ts'
import { pipelineMetrics, type PipelineMetrics } from './metrics.ts'
import {
  ACTION_COUNT,
  ACTION_TYPE,
  CONDITION_MATCHED,
  eventAttributes,
  offsetAttributes,
  OUTCOME,
  type EventDescription,
  type EventOutcome,
  type Offset,
} from './semconv.ts'

export interface PipelineOptions<E> {
  /** In span names and metrics. */
  name: string
  /** What an event is, for its spans. What this throws is reported, and the event goes on without. */
  event?: (event: E) => EventDescription
  /** Whether actions run for an event. @default every event matches */
  condition?: Condition<E> | When<E>
  /** Run one after the other; one that fails does not stop the next ones. */
  actions: readonly Action<E>[]
  checkpoint?: Checkpoint<E>
  /** Told of every action that failed. @default one line on stderr for each action */
  onError?: OnError<E>
}

export interface Condition<E> {
  name: string
  when: When<E>
}

/** @param info `checkpoint` is what the checkpoint's `load` gave for this event */
export type When<E> = (event: E, info: { checkpoint: unknown }) => boolean | Promise<boolean>

export interface Checkpoint<E> {
  /** Where processing stands; before each event's condition. */
  load(): unknown
  /** `event` is done: its actions have succeeded, or it did not match. Not called where an action failed. */
  save(event: E, offset: Offset | undefined): unknown
}

export interface HandleOptions {
  /** The context the event came with. @default the active one */
  context?: Context
}

export interface Outcome {
  matched: boolean
  /** In the order they ran; none where the event did not match. */
  actions: ActionOutcome[]
}

export interface ActionOutcome {
  name: string
  ok: boolean
  error?: unknown
  durationMs: number
}

export interface Pipeline<E> {
  readonly name: string
  /**
   * Take one event through checkpoint, condition and actions, in a trace that continues `context`. Actions
   * that fail are in the outcome.
   *
   * @throws what the condition or the checkpoint throws (as a rejection)
   */
  readonly handle: (event: E, options?: HandleOptions) => Promise<Outcome>
}

/** A pipeline that can take any number of events, also at the same time. */
export function pipeline<E>({
  name,
  event: describe,
  condition,
  actions,
  checkpoint,
  onError,
}: PipelineOptions<E>): Pipeline<E> {
  const tracer = trace.getTracer('@waybill/pipeline')
  const listenerSpan = `listener ${name}`
  const when = typeof condition === 'function' ? condition : condition?.when
  const conditionSpan = `condition ${conditionName(condition) ?? name}`
  const steps = actions.map((action) => ({
    action,
    span: `action ${action.name}`,
    options: { attributes: { [ACTION_TYPE]: action.type }, component: 'action' as const },
  }))
  let metrics: PipelineMetrics | undefined

  function handle(event: E, { context: given = context.active() }: HandleOptions = {}): Promise<Outcome> {
    const start = performance.now()
    // Set in the context itself, so that an event in a trace that is not sampled has one, too.
    const parent = setOperation(given, currentOperation(given) ?? makeOperation(undefined, name))
    const { attributes, offset } = describe
      ? guard(`pipeline ${name}: event()`, () => described(describe(event)), NOTHING)
      : NOTHING
    return inSpan(
      tracer,
      listenerSpan,
      { kind: SpanKind.CONSUMER, attributes, parent, component: 'listener' },
      (span) => process(event, offset, span, start),
    )
  }

  async function process(event: E, offset: Offset | undefined, span: Span, start: number): Promise<Outcome> {
    let outcome: EventOutcome = 'failed'
    try {
      const loaded = checkpoint && (await load(checkpoint))
      const matched = when === undefined || (await decide(event, when, loaded))
      span.setAttribute(CONDITION_MATCHED, matched)
      span.setAttribute(ACTION_COUNT, matched ? steps.length : 0)
      const done = matched ? await runActions(event) : []
      const failed = done.filter(({ ok }) => !ok)
      if (failed.length === 0) {
        if (checkpoint) await save(checkpoint, event, offset)
        outcome = matched ? 'matched' : 'not_matched'
      } else {
        span.setStatus({
          code: SpanStatusCode.ERROR,
          message: `failed: ${failed.map((action) => action.name).join(', ')}`,
        })
      }
      return { matched, actions: done }
    } finally {
      span.setAttribute(OUTCOME, outcome)
      metrics ??= pipelineMetrics()
      metrics.event(name, outcome, (performance.now() - start) / 1000)
    }
  }

  function load(from: Checkpoint<E>): unknown {
    return inSpan(tracer, 'checkpoint load', { component: 'checkpoint' }, async (span) => {
      const loaded = await from.load()
      span.setAttributes(offsetAttributes(loaded))
      return loaded
    })
  }

  function save(to: Checkpoint<E>, event: E, offset: Offset | undefined): unknown {
    return inSpan(
      tracer,
      'checkpoint save',
      { attributes: offsetAttributes(offset), component: 'checkpoint' },
      () => to.save(event, offset),
    )
  }

  function decide(event: E, decideOn: When<E>, loaded: unknown): Promise<boolean> {
    return inSpan(tracer, conditionSpan, { component: 'condition' }, async (span) => {
      const matched = Boolean(await decideOn(event, { checkpoint: loaded }))
      span.setAttribute(CONDITION_MATCHED, matched)
      return matched
    })
  }

  async function runActions(event: E): Promise<ActionOutcome[]> {
    const done: ActionOutcome[] = []
    for (const step of steps) done.push(await runAction(event, step))
    return done
  }

  async function runAction(
    event: E,
    { action, span, options }: (typeof steps)[number],
  ): Promise<ActionOutcome> {
    const start = performance.now()
    const end = (result: { ok: true } | { ok: false; error: unknown }): ActionOutcome => {
      metrics ??= pipelineMetrics()
      metrics.action(name, action.name, action.type, result.ok ? 'ok' : 'failed')
      return { name: action.name, ...result, durationMs: performance.now() - start }
    }
    try {
      await inSpan(tracer, span, options, async (own) => {
        own.setAttribute(OUTCOME, 'failed')
        await action.run(event, own)
        own.setAttribute(OUTCOME, 'ok')
      })
      return end({ ok: true })
    } catch (error) {
      tellOf(`pipeline ${name}, action ${action.name}`, error, event, onError)
      return end({ ok: false, error })
    }
  }

  return { name, handle }
}

interface Described {
  attributes: Attributes
  offset: Offset | undefined
}

const NOTHING: Described = { attributes: {}, offset: undefined }

function described(description: EventDescription): Described {
  return { attributes: eventAttributes(description), offset: description.offset }
}

/** A function written in place is called `condition`, which says nothing. */
function conditionName<E>(condition: Condition<E> | When<E> | undefined): string | undefined {
  const name = condition?.name
  return name === '' || (typeof condition === 'function' && name === 'condition') ? undefined : name
}
