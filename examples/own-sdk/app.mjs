// A server that asks itself once and ends. Nothing in it knows of tracing.
import express from 'express'
import { pino } from 'pino'

const log = pino()
const app = express()

app.get('/parcels/:id', (request, response) => {
  log.info({ parcel: request.params.id }, 'parcel asked for')
  response.json({ id: request.params.id, status: 'on its way' })
})

const server = app.listen(0, '127.0.0.1', async () => {
  await (await fetch(`http://127.0.0.1:${server.address().port}/parcels/P-17`)).json()
  server.close()
  server.closeAllConnections()
})
