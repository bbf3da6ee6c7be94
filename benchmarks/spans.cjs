// Spans as a server's are. The tracer is told apart from all others by its name.
const { createRequire } = require('node:module')
const path = require('node:path')

// Of the folder it is run in: the API that the subject has.
const { trace, SpanKind } = createRequire(path.join(process.cwd(), 'package.json'))('@opentelemetry/api')

let tracer
let made = 0

exports.made = () => made

exports.makeSpan = function makeSpan() {
  tracer ??= trace.getTracer('bench')
  const item = made % 1000
  const span = tracer.startSpan('GET /items/:id', {
    kind: SpanKind.SERVER,
    attributes: {
      'http.request.method': 'GET',
      'http.route': '/items/:id',
      'url.path': `/items/${item}`,
      'url.scheme': 'http',
      'server.address': 'shop.example.com',
      'server.port': 8080,
      'network.protocol.version': '1.1',
    },
  })
  span.setAttribute('http.response.status_code', 200)
  span.end()
  made++
}
