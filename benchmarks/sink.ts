// What stands where every subject sends its telemetry: a process that takes all of it and does next to nothing.
// From 'hold' to 'release' it keeps the traces that arrive; asked 'count' it says how many spans they were, so that
// nothing is decoded while something is measured.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { countSpans, type Held } from './otlp.ts'

let holding = false
let held: Held[] = []

const server = createServer((request, response) => {
  const keep = holding && request.url === '/v1/traces'
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => {
    if (keep) chunks.push(chunk)
  })
  request.on('end', () => {
    if (keep) {
      const { 'content-type': type = '', 'content-encoding': encoding = '' } = request.headers
      held.push({ type, encoding, chunks })
    }
    answer(request.url, request.headers['content-type'], response)
  })
})
server.listen(0, '127.0.0.1', () => {
  process.send!({ port: (server.address() as AddressInfo).port })
})

process.on('message', (question) => {
  holding = question === 'hold'
  if (holding) held = []
  if (question === 'count') process.send!({ spans: held.reduce((sum, body) => sum + countSpans(body), 0) })
  else process.send!({})
})
process.on('disconnect', () => process.exit())

function answer(url: string | undefined, type: string | undefined, response: ServerResponse): void {
  if (type === 'application/x-protobuf' && url?.startsWith('/v1/')) {
    // An empty message: all accepted.
    response.writeHead(200, { 'content-type': type, 'content-length': 0 }).end()
    return
  }
  // elastic-apm-node asks which server it talks to.
  const body = url === '/' ? '{"version":"9.0.0"}' : '{}'
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
}
