// GET /depots/:code → what is known about a depot
const fastify = require('fastify')
const pino = require('pino')

const log = pino({ name: 'depot-directory' })
const DEPOTS = new Map([
  ['HAM', { code: 'HAM', name: 'Hamburg Altona', region: 'DE-HH' }],
  ['LYS', { code: 'LYS', name: 'Lyon Sud', region: 'FR-ARA' }],
  ['PDX', { code: 'PDX', name: 'Portland Harbor', region: 'US-OR' }],
])

const app = fastify()

app.get('/depots/:code', (request, reply) => {
  const { code } = request.params
  const depot = DEPOTS.get(code)
  log.info({ depot: code, known: depot !== undefined }, 'depot asked for')
  return depot ?? reply.code(404).send({ error: `no depot ${code}` })
})

app.listen({ port: 0, host: '127.0.0.1' }, (error) => {
  if (error) throw error
  log.info({ port: app.server.address().port }, 'ready')
})

process.once('SIGTERM', () => app.close())
