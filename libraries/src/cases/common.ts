import type { Case } from './case.ts'

export const ONE_CALL = `
  client GET
    server GET`

export const NO_REDIS = '`redis-server` where it is on PATH, else a stand-in'

/** Integrations that are off unless they are named. */
export const named = (...integrations: readonly string[]): Pick<Case, 'env' | 'note'> => ({
  env: { OTEL_NODE_ENABLED_INSTRUMENTATIONS: integrations.join() },
  note: 'off unless `OTEL_NODE_ENABLED_INSTRUMENTATIONS` names it',
})
