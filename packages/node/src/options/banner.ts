// The line that says what runs here. Read only where it is wanted.
import { say } from '@waybill/core/report'
import type { SamplerConfig } from '../tracing/config.ts'
import { VERSION } from '../version.ts'
import type { Options } from './options.ts'
import { withoutSecrets } from './shown.ts'
import { SIGNALS } from './table.ts'

/** One line on stderr: version, service, where each signal goes, sampler, what is instrumented. No secrets. */
export function tellBanner(options: Options, libraries: number): void {
  say(bannerOf(options, libraries))
}

/** @param libraries how many are watched for */
export function bannerOf(options: Options, libraries: number): string {
  return [
    VERSION,
    `service ${options.serviceName ?? 'unnamed (OTEL_SERVICE_NAME)'}`,
    ...destinations(options),
    `sampler ${samplerText(options)}`,
    instrumented(options, libraries),
  ].join(' | ')
}

/** Signals that go the same way are named together. */
function destinations({ exporters, endpoints, zipkin, prometheus }: Options): string[] {
  const ways = new Map<string, string[]>()
  for (const signal of SIGNALS) {
    const names = exporters[signal].length === 0 ? ['off'] : exporters[signal]
    for (const name of names) {
      const endpoint = endpoints[signal]
      let way: string = name
      if (name === 'otlp' && endpoint) way = `${originOf(endpoint.url)} (${endpoint.protocol})`
      if (name === 'zipkin') way = `${originOf(zipkin.url)} (zipkin)`
      if (name === 'prometheus') way = `prometheus at ${prometheus.host}:${prometheus.port}`
      ways.set(way, [...(ways.get(way) ?? []), signal])
    }
  }
  return [...ways].map(([way, signals]) => `${signals.join(', ')} ${way === 'off' ? 'off' : `→ ${way}`}`)
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : withoutSecrets(url)
}

function samplerText({ sampling: { sampler, rules = [], keep } }: Options): string {
  const parts = [nameOf(sampler)]
  if (rules.length > 0) parts.unshift(`${rules.length} ${rules.length === 1 ? 'rule' : 'rules'}, else`)
  if (keep?.errors) parts.push('and errors')
  if (keep?.slow !== undefined) parts.push(`and slower than ${keep.slow} ms`)
  return parts.join(' ')
}

function nameOf(sampler: SamplerConfig): string {
  switch (sampler.type) {
    case 'probability':
      return String(sampler.ratio)
    case 'parent_based':
      return `parent, else ${nameOf(sampler.root)}`
    case 'rate_limit':
      return `${sampler.perSecond} a second`
    default:
      return sampler.type
  }
}

function instrumented({ integrations: { enabled, disabled } }: Options, libraries: number): string {
  if (enabled)
    return `instruments ${enabled.filter((name) => !disabled.includes(name)).join(', ') || 'nothing'}`
  return `instruments ${libraries} libraries${disabled.length > 0 ? `, not ${disabled.join(', ')}` : ''}`
}
