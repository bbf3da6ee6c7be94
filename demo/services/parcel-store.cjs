// topic `scans.enriched` → one bulk insert a batch into PostgreSQL, and a NOTIFY for each parcel
const { forEachMessage, messageContext, withBatchSpan } = require('@waybill/kafka')
const { notifyAll } = require('@waybill/pipeline')
const { Kafka, logLevel } = require('kafkajs')
const { Pool } = require('pg')
const pino = require('pino')

const log = pino({ name: 'parcel-store' })
const suffix = process.env.RUN_SUFFIX ?? ''
const TABLE = `parcels${suffix}`

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 4 })
const kafka = new Kafka({
  clientId: 'parcel-store',
  brokers: process.env.KAFKA_BROKERS.split(','),
  logLevel: logLevel.ERROR,
})
const consumer = kafka.consumer({ groupId: `parcel-store${suffix}` })

async function storeBatch({ batch }) {
  // The batch, not kafkajs's whole payload: no record is done before it is stored.
  const parcels = await forEachMessage(batch, ({ message }) => {
    const parcel = JSON.parse(message.value)
    log.info({ parcel_id: parcel.parcel_id }, 'parcel read')
    return parcel
  })

  await withBatchSpan('insert parcels', batch.messages, () => insert(parcels))

  const events = parcels.map((event, index) => ({ event, context: messageContext(batch.messages[index]) }))
  await notifyAll(pool, TABLE, events)
}

async function insert(parcels) {
  const column = (name) => parcels.map((parcel) => parcel[name])
  await pool.query(
    `INSERT INTO ${TABLE} (scan_id, parcel_id, status, weight_kg, length_cm, region)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::float[], $5::float[], $6::text[])
     ON CONFLICT (scan_id) DO NOTHING`,
    [
      ...['scan_id', 'parcel_id', 'status', 'weight_kg', 'length_cm'].map(column),
      parcels.map(({ depot }) => depot.region),
    ],
  )
  log.info({ parcels: parcels.length }, 'parcels stored')
}

async function main() {
  await pool.query(
    `CREATE TABLE IF NOT EXISTS ${TABLE} (scan_id uuid PRIMARY KEY, parcel_id text, status text,
       weight_kg float, length_cm float, region text, stored_at timestamptz DEFAULT now())`,
  )
  await consumer.connect()
  await consumer.subscribe({ topic: `scans.enriched${suffix}`, fromBeginning: true })
  consumer.on(consumer.events.GROUP_JOIN, () => log.info('ready'))
  await consumer.run({ eachBatch: storeBatch })
}

process.once('SIGTERM', async () => {
  await consumer.disconnect()
  await pool.end()
})

main().catch((error) => {
  log.fatal(error)
  process.exitCode = 1
})
