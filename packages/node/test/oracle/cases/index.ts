import type { Cases } from '../types.ts'
import { bad } from './bad.ts'
import { batches } from './batches.ts'
import { exporters } from './exporters.ts'
import { limits } from './limits.ts'
import { metrics } from './metrics.ts'
import { otlp } from './otlp.ts'
import { propagation } from './propagation.ts'
import { resource } from './resource.ts'
import { sampling } from './sampling.ts'

export const CASES: Cases = {
  ...otlp,
  ...propagation,
  ...sampling,
  ...limits,
  ...batches,
  ...metrics,
  ...resource,
  ...exporters,
  ...bad,
}
