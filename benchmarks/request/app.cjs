// The service that is measured. Through the message channel it is asked 'begin' and 'end' of the measured window.
const express = require('express')
const pino = require('pino')
const undici = require('undici')

const downstream = process.env.BENCH_DOWNSTREAM
// stdout is the null device.
const log = pino()
const app = express()
let served = 0
let began

app.use((request, response, next) => {
  response.setHeader('x-service', 'bench')
  next()
})

app.use((request, response, next) => {
  request.receivedAt = Date.now()
  next()
})

app.get('/items/:id', async (request, response) => {
  const { id } = request.params
  const stock = await undici.request(`${downstream}/stock/${id}`)
  const { count } = await stock.body.json()
  log.info({ item: id, count }, 'item read')
  served++
  response.json({ id, count, receivedAt: request.receivedAt })
})

const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))

process.on('message', (question) => {
  const now = { at: performance.now(), cpu: process.cpuUsage(), served }
  if (question === 'begin') {
    began = now
    process.send({})
    return
  }
  process.send({
    seconds: (now.at - began.at) / 1000,
    // Microseconds of all threads: what a worker of the subject does is paid for on the same machine.
    cpu: now.cpu.user - began.cpu.user + (now.cpu.system - began.cpu.system),
    served: now.served - began.served,
    rss: process.memoryUsage.rss(),
  })
})
process.on('disconnect', () => process.exit())
