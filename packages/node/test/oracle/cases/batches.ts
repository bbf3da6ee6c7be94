import type { Cases } from '../types.ts'

export const batches: Cases = {
  'batches of 10 spans': { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10' },
  'a queue of 20 spans in batches of 20': {
    OTEL_BSP_MAX_QUEUE_SIZE: '100',
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '20',
  },
  'batches of spans without delay': { OTEL_BSP_SCHEDULE_DELAY: '0' },
  'export timeout of spans': { OTEL_BSP_EXPORT_TIMEOUT: '2000' },
  'batches of 2 log records': { OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '2' },
  'a queue of log records': { OTEL_BLRP_MAX_QUEUE_SIZE: '100', OTEL_BLRP_EXPORT_TIMEOUT: '2000' },
  'batches of -1 spans': { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '-1' },
  'a delay that is no number': { OTEL_BSP_SCHEDULE_DELAY: 'soon' },
}
