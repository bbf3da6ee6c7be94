// topic `scans` → validate, convert units, ask the depot directory → topic `scans.enriched`
// What cannot be transformed goes to `scans.dead-letter`.
import { forEachMessage, transform } from '@waybill/kafka'
import { Kafka, logLevel } from 'kafkajs'
import pino from 'pino'

const log = pino({ name: 'scan-transform' })
const suffix = process.env.RUN_SUFFIX ?? ''

const kafka = new Kafka({
  clientId: 'scan-transform',
  brokers: process.env.KAFKA_BROKERS.split(','),
  logLevel: logLevel.ERROR,
})
const producer = kafka.producer()
const consumer = kafka.consumer({ groupId: `scan-transform${suffix}` })

const enrich = transform(
  'enrich scan',
  { producer, to: `scans.enriched${suffix}`, deadLetter: `scans.dead-letter${suffix}` },
  async (message) => {
    const scan = JSON.parse(message.value)
    const parcel = {
      scan_id: scan.scan_id,
      parcel_id: scan.parcel_id,
      status: scan.status,
      weight_kg: convert(scan.weight, { kg: 1, g: 0.001, lb: 0.45359237 }),
      length_cm: convert(scan.length, { cm: 1, m: 100, in: 2.54 }),
      depot: await depotOf(scan),
    }
    log.info({ parcel_id: scan.parcel_id, weight_kg: parcel.weight_kg }, 'scan enriched')
    return { key: message.key, value: JSON.stringify(parcel) }
  },
)

function convert({ value, unit }, factors) {
  if (!(unit in factors))
    throw new Error(`unknown unit "${unit}", known are ${Object.keys(factors).join(', ')}`)
  return Math.round(value * factors[unit] * 1000) / 1000
}

async function depotOf({ depot, parcel_id }) {
  const response = await fetch(`${process.env.DEPOT_DIRECTORY_URL}/depots/${encodeURIComponent(depot)}`)
  if (!response.ok) {
    log.warn({ parcel_id, depot, status: response.status }, 'depot not found')
    throw new Error(`the depot directory answered ${response.status} for depot "${depot}"`)
  }
  return response.json()
}

await Promise.all([producer.connect(), consumer.connect()])
await consumer.subscribe({ topic: `scans${suffix}`, fromBeginning: true })
consumer.on(consumer.events.GROUP_JOIN, () => log.info('ready'))
await consumer.run({ eachBatch: (payload) => forEachMessage(payload, enrich, { concurrency: 8 }) })

process.once('SIGTERM', async () => {
  await consumer.disconnect()
  await producer.disconnect()
})
