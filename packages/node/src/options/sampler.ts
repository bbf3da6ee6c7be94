import type { SamplerConfig } from '../tracing/config.ts'
import type { Given, Reader } from './reader.ts'
import { OPTIONS as O, type Row } from './table.ts'

const ARG = 'OTEL_TRACES_SAMPLER_ARG'
const RATIO = { env: ARG, kind: 'number', default: 1, min: 0, max: 1, fraction: true } as const
const INTERVAL = { env: ARG, kind: 'number', default: 60_000, min: 100, max: 86_400_000 } as const
const ENDPOINT = { env: ARG, kind: 'url', default: 'http://localhost:5778/sampling' } as const satisfies Row

/** `OTEL_TRACES_SAMPLER` and its argument. https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration */
export function readSampler(reader: Reader): SamplerConfig {
  const name = reader.read(O.sampler)
  const arg = reader.given(O.samplerArg)
  const parentBased = name.startsWith('parentbased_')
  const root = rootSampler(reader, parentBased ? name.slice('parentbased_'.length) : name, arg, name)
  return parentBased ? { type: 'parent_based', root } : root
}

function rootSampler(reader: Reader, name: string, arg: Given | undefined, used: string): SamplerConfig {
  if (name === 'traceidratio') return { type: 'probability', ratio: reader.read(RATIO, arg ?? null) }
  if (name === 'jaeger_remote') return jaegerRemote(reader, arg)
  if (arg) reader.wrong(arg, 'unused argument', O.samplerArg, used)
  return { type: name === 'always_off' ? 'always_off' : 'always_on' }
}

/** `endpoint=http://localhost:5778/sampling,pollingIntervalMs=5000,initialSamplingRate=0.25` */
function jaegerRemote(reader: Reader, arg: Given | undefined): SamplerConfig {
  const parts = new Map<string, Given>()
  for (const part of arg?.text.split(',') ?? []) {
    const split = part.indexOf('=')
    const key = part.slice(0, Math.max(split, 0)).trim()
    if (JAEGER_KEYS.includes(key))
      parts.set(key, { text: part.slice(split + 1).trim(), from: `${ARG} ${key}` })
    else if (part.trim() !== '')
      reader.wrong({ text: part.trim(), from: ARG }, 'jaeger argument', O.samplerArg, 'the rest')
  }
  const interval = parts.get('pollingIntervalMs')
  const ratio = parts.get('initialSamplingRate')
  return {
    type: 'jaeger_remote',
    endpoint: reader.read(ENDPOINT, parts.get('endpoint') ?? null),
    interval: reader.read(INTERVAL, interval ?? null),
    initial: { type: 'probability', ratio: reader.read(RATIO, ratio ?? DEFAULT_RATE) },
  }
}

const JAEGER_KEYS = ['endpoint', 'pollingIntervalMs', 'initialSamplingRate']
/** Of Jaeger's clients. */
const DEFAULT_RATE: Given = { text: '0.001', from: 'default' }
