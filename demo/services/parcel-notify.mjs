// PostgreSQL NOTIFY → does the parcel need attention? → webhook to the customer, e-mail to the depot
import { email, listen, pipeline, webhook } from '@waybill/pipeline'
import nodemailer from 'nodemailer'
import pino from 'pino'

const log = pino({ name: 'parcel-notify' })
const transport = nodemailer.createTransport(process.env.SMTP_URL)

const attention = pipeline({
  name: 'parcel-attention',
  event: (parcel) => ({ id: parcel.scan_id, type: 'parcel', kind: parcel.status }),
  condition: { name: 'needs attention', when: needsAttention },
  actions: [
    webhook({
      name: 'customer-hook',
      url: `${process.env.CUSTOMER_HOOK_URL}/parcels`,
      body: ({ parcel_id, status }) => ({ parcel_id, status }),
    }),
    email({
      name: 'depot-mail',
      transport,
      template: 'needs-attention',
      message: ({ parcel_id, status, depot }) => ({
        from: 'parcels@example.com',
        to: `${depot.code.toLowerCase()}@depots.example.com`,
        subject: `Parcel ${parcel_id} is ${status}`,
        text: `Parcel ${parcel_id} was scanned as ${status} at ${depot.name}.`,
      }),
    }),
  ],
})

function needsAttention({ parcel_id, status }) {
  const needed = status === 'damaged' || status === 'late'
  if (needed) log.info({ parcel_id, status }, 'parcel needs attention')
  return needed
}

const listener = await listen({
  connectionString: process.env.DATABASE_URL,
  channel: `parcels${process.env.RUN_SUFFIX ?? ''}`,
  onEvent: (parcel) => attention.handle(parcel),
})
log.info('ready')

process.once('SIGTERM', async () => {
  await listener.close()
  transport.close()
})
