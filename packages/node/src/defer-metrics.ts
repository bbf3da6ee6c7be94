import { metrics } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { Sender, Way } from './export/sender.ts'
import { load } from './lazy.ts'
import { DeferredMeterProvider } from './metrics-deferred.ts'
import type * as MetricsModule from './metrics.ts'
import type { Options } from './options/read.ts'
import type { SelfSources } from './self.ts'

/** A process of this age, in milliseconds, reads what it needs later anyway. */
const SETTLED = 1000

/** The global meter provider, whose SDK is read a little later; undefined where the signal is off. */
export function deferMetrics(
  options: Options,
  resource: Resource,
  sender: Sender,
  self: SelfSources | undefined,
): Way | undefined {
  if (options.exporters.metrics.length === 0) return undefined
  let started: MetricsModule.StartedMetrics | undefined
  const deferred = new DeferredMeterProvider(() => {
    started = (load('metrics') as typeof MetricsModule).startMetrics(options, resource, sender, self)
    return started.provider
  })
  metrics.setGlobalMeterProvider(deferred)
  const timer = setTimeout(() => deferred.connect(), SETTLED).unref()
  return {
    handOver() {
      if (deferred.used) deferred.connect()
      started?.handOver()
    },
    end() {},
    async shutdown() {
      clearTimeout(timer)
      await started?.provider.shutdown()
    },
  }
}
