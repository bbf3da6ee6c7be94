// Telemetry is started in code: no flag, no variable. A server that asks itself and ends.
import { waybill } from './telemetry.mjs'
const { default: express } = await import('express')

const app = express()
app.get('/healthz', (request, response) => response.send('ok'))
app.get('/parcels/:id', (request, response) => response.json({ id: request.params.id }))

const server = app.listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}`
  await (await fetch(`${url}/healthz`)).text()
  await (await fetch(`${url}/parcels/P-17`, { headers: { 'x-tenant': 'north' } })).text()
  server.close()
  server.closeAllConnections()
  await waybill.flush()
  console.log('delivered')
  await waybill.shutdown()
})
