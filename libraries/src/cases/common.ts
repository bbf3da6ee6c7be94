export const ONE_CALL = `
  client GET
    server GET`

export const UNLESS_NAMED = 'off unless `OTEL_NODE_ENABLED_INSTRUMENTATIONS` names it'
export const NO_REDIS = '`redis-server` where it is on PATH, else a stand-in'
