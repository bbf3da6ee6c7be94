// POST /parcels: the customer's own server, which is told about parcels that need attention
const { createServer } = require('node:http')
const { json } = require('node:stream/consumers')
const pino = require('pino')

const log = pino({ name: 'customer-hook' })

const server = createServer(async (request, response) => {
  if (request.method !== 'POST' || request.url !== '/parcels') {
    response.writeHead(404).end()
    return
  }
  const { parcel_id, status } = await json(request)
  log.info({ parcel_id, status }, 'hook received')
  response.writeHead(204).end()
})

server.listen(0, '127.0.0.1', () => log.info({ port: server.address().port }, 'ready'))

process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
})
