// The service that the measured one calls.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const BODY = '{"count":7}'
const HEADERS = { 'content-type': 'application/json', 'content-length': BODY.length }

const server = createServer((_request, response) => {
  response.writeHead(200, HEADERS).end(BODY)
})
// The connections of a subject that pauses between two phases stay.
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }))
process.on('disconnect', () => process.exit())
