// What the documentation of @vercel/otel has in instrumentation.ts.
const { registerOTel } = require('@vercel/otel')

registerOTel({ serviceName: 'bench' })
