// A small service. File descriptor 3 is the benchmark: it hears the port, and what was used up to the first response.
const { writeSync } = require('node:fs')
const express = require('express')
const pino = require('pino')

const log = pino()
const app = express()

app.get('/items/:id', (request, response) => {
  log.info({ item: request.params.id }, 'item read')
  // Behind the listeners of others: what they do for this response counts.
  response.on('finish', () => setImmediate(say))
  response.json({ id: request.params.id })
})

const server = app.listen(0, '127.0.0.1', () => {
  writeSync(3, `${JSON.stringify({ port: server.address().port })}\n`)
})
// With `end` it ends after the first response. If nobody ends it: the benchmark was killed.
setTimeout(() => process.exit(1), 60_000).unref()

function say() {
  const { user, system } = process.cpuUsage()
  const rss = process.memoryUsage.rss()
  const files = Object.keys(require.cache).length - 1
  writeSync(3, `${JSON.stringify({ cpu: (user + system) / 1000, rss, files })}\n`)
  if (process.argv[2] === 'end') setTimeout(() => process.exit(), 50)
}
