import { metrics, type Counter, type Histogram } from '@opentelemetry/api'
import { ACTION_TYPE, OUTCOME, type ActionResult, type ActionType, type EventOutcome } from './semconv.ts'

export interface PipelineMetrics {
  /** @param seconds from the event's arrival to its end */
  event(pipeline: string, outcome: EventOutcome, seconds: number): void
  action(pipeline: string, action: string, type: ActionType, outcome: ActionResult): void
}

/** Instruments of the global meter provider as it is now: the API's metrics do not follow a later one. */
export function pipelineMetrics(): PipelineMetrics {
  const meter = metrics.getMeter('@waybill/pipeline')
  const events: Counter = meter.createCounter('waybill.pipeline.events', {
    description: 'Events that a pipeline has handled',
    unit: '{event}',
  })
  const actions: Counter = meter.createCounter('waybill.pipeline.actions', {
    description: 'Actions that a pipeline has run',
    unit: '{action}',
  })
  const duration: Histogram = meter.createHistogram('waybill.pipeline.duration', {
    description: 'How long a pipeline took for an event',
    unit: 's',
    advice: {
      explicitBucketBoundaries: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    },
  })
  return {
    event(pipeline, outcome, seconds) {
      const attributes = { pipeline, [OUTCOME]: outcome }
      events.add(1, attributes)
      duration.record(seconds, attributes)
    },
    action(pipeline, action, type, outcome) {
      actions.add(1, { pipeline, action, [ACTION_TYPE]: type, [OUTCOME]: outcome })
    },
  }
}
