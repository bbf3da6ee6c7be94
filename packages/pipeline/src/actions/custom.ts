import type { Span } from '@opentelemetry/api'
import type { ActionType } from '../semconv.ts'

/** What a pipeline runs for an event that matched. */
export interface Action<E> {
  readonly name: string
  readonly type: ActionType
  /**
   * Do it once for `event`. What it throws, or rejects with, makes the action failed.
   *
   * @param span the action's span, which is active while this runs
   */
  run(event: E, span: Span): unknown
}

/** An action of any kind: `fn` runs in a span `action {name}`, and its own spans are children of that. */
export function action<E>(name: string, fn: (event: E) => unknown): Action<E> {
  return { name, type: 'custom', run: (event) => fn(event) }
}
