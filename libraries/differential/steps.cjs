// What the scenarios share. No library that is traced is loaded here.
const { trace } = require('@opentelemetry/api')

/** Run `work` below a span named `name`, so that its spans are found again; what it throws is part of it. */
exports.step = (name, work) =>
  trace.getTracer('app').startActiveSpan(name, async (span) => {
    try {
      return await work()
    } catch {
      // Told by the spans below.
      return undefined
    } finally {
      span.end()
    }
  })

exports.listen = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))

exports.close = (server) =>
  new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections?.()
  })

/** Nothing listens on port 1. */
exports.REFUSED = 'http://127.0.0.1:1/refused'
