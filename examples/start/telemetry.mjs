// Imported before anything that is to be traced.
import { start } from '@waybill/node'

export const waybill = start({
  serviceName: 'parcels',
  resource: { 'deployment.environment.name': 'example' },
  sampling: { rules: [{ route: '/healthz', drop: true }] },
  instrumentations: { options: { http: { captureHeaders: { server: { request: ['x-tenant'] } } } } },
})
