import type { CaseEnv, Cases } from '../types.ts'

const of = (env: CaseEnv): CaseEnv => ({
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
  ...env,
})

export const resource: Cases = {
  'service name unset': of({ OTEL_SERVICE_NAME: null }),
  'service name empty': of({ OTEL_SERVICE_NAME: '' }),
  'service name in the attributes': of({
    OTEL_SERVICE_NAME: null,
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=of-attributes,team=parcels',
  }),
  'service name over the attributes': of({ OTEL_RESOURCE_ATTRIBUTES: 'service.name=of-attributes' }),
  'resource attributes': of({
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test, team=a%20b ,service.version=1.2.3',
  }),
  'resource attributes with one wrong pair': of({ OTEL_RESOURCE_ATTRIBUTES: 'a=1,b,c=3' }),
  'resource attributes with a wrong escape': of({ OTEL_RESOURCE_ATTRIBUTES: 'a=1,b=%zz' }),
  'resource attributes empty': of({ OTEL_RESOURCE_ATTRIBUTES: '' }),
  'detectors unset': of({ OTEL_NODE_RESOURCE_DETECTORS: null }),
  'detectors none': of({ OTEL_NODE_RESOURCE_DETECTORS: 'none', OTEL_RESOURCE_ATTRIBUTES: 'a=1' }),
  'detectors all': of({ OTEL_NODE_RESOURCE_DETECTORS: 'all' }),
  'detectors host, os': of({ OTEL_NODE_RESOURCE_DETECTORS: 'host,os' }),
  'detectors env, process': of({ OTEL_NODE_RESOURCE_DETECTORS: 'env,process' }),
  'detectors serviceinstance': of({ OTEL_NODE_RESOURCE_DETECTORS: 'env,serviceinstance' }),
  'detectors with an unknown one': of({ OTEL_NODE_RESOURCE_DETECTORS: 'env,foo' }),
  'attributes over what is detected': of({
    OTEL_NODE_RESOURCE_DETECTORS: 'env,host',
    OTEL_RESOURCE_ATTRIBUTES: 'host.name=mine',
  }),
}
