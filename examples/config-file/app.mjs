// Takes orders. What is traced of that is in waybill.yaml, none of it in here.
import { createServer } from 'node:http'
import { action, pipeline } from '@waybill/pipeline'

const orders = pipeline({
  name: 'orders',
  condition: { name: 'is large', when: ({ amount }) => amount > 100 },
  actions: [action('tell the warehouse', () => {})],
})

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  if (pathname === '/healthz') return response.end('ok')
  const amount = Number(searchParams.get('amount'))
  if (!(amount > 0)) {
    response.statusCode = 500
    return response.end('no amount')
  }
  await orders.handle({ amount })
  response.end('taken')
})
server.listen(Number(process.env.PORT ?? 0), () => console.log(`listening on ${server.address().port}`))
