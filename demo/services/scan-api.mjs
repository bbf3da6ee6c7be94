// POST /scans → topic `scans`
import { randomUUID } from 'node:crypto'
import express from 'express'
import { Kafka, logLevel } from 'kafkajs'
import pino from 'pino'

const log = pino({ name: 'scan-api' })
const SCANS = `scans${process.env.RUN_SUFFIX ?? ''}`

const kafka = new Kafka({
  clientId: 'scan-api',
  brokers: process.env.KAFKA_BROKERS.split(','),
  logLevel: logLevel.ERROR,
})
const producer = kafka.producer()
await producer.connect()

const app = express()
app.use(express.json())

app.post('/scans', async (request, response) => {
  const { parcel_id, depot, status, weight, length } = request.body ?? {}
  if (typeof parcel_id !== 'string' || typeof depot !== 'string') {
    response.status(400).json({ error: 'a scan has a parcel_id and a depot' })
    return
  }
  const scan = { scan_id: randomUUID(), parcel_id, depot, status, weight, length }
  await producer.send({ topic: SCANS, messages: [{ key: parcel_id, value: JSON.stringify(scan) }] })
  log.info({ parcel_id, scan_id: scan.scan_id }, 'scan accepted')
  response.status(202).json({ scan_id: scan.scan_id })
})

const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', (error) => {
  if (error) throw error
  log.info({ port: server.address().port }, 'ready')
})

process.once('SIGTERM', async () => {
  server.close()
  server.closeAllConnections()
  await producer.disconnect()
})
