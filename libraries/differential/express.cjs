const express = require('express')
const { close, step } = require('./steps.cjs')

async function main() {
  const app = express()
  app.use((request, response, next) => next())
  const items = express.Router()
  items.get('/:id', (request, response) => response.json(request.params))
  items.post('/', express.json(), (request, response) => response.status(201).json(request.body))
  app.use('/shops/:shop/items', items)
  app.get('/hello', (request, response) => response.send('hello'))
  app.get('/broken', () => {
    throw new Error('out of stock')
  })
  app.get('/rejected', async () => {
    throw new Error('out of stock')
  })
  app.use((error, request, response, next) => (request.query.pass ? next(error) : response.sendStatus(503)))
  app.set('env', 'test')
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.on('listening', resolve))
  const base = `http://127.0.0.1:${server.address().port}`
  const ask = async (path, init) => (await fetch(`${base}${path}`, init)).text()
  await step('route', () => ask('/hello'))
  await step('parameters', () => ask('/shops/7/items/8?all=1'))
  const headers = { 'content-type': 'application/json' }
  await step('post', () => ask('/shops/7/items', { method: 'POST', headers, body: '{"id":1}' }))
  await step('bad body', () => ask('/shops/7/items', { method: 'POST', headers, body: '{' }))
  await step('no route', () => ask('/nothing/here'))
  await step('throws', () => ask('/broken'))
  await step('rejects', () => ask('/rejected'))
  await step('rejects, nobody handles it', () => ask('/rejected?pass=1'))
  await close(server)
}

void main()
