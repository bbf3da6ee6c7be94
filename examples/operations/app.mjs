// A nightly job: each run is an operation, and every line in it says which.
import { withFields, withOperation } from '@waybill/core'
import { pino } from 'pino'

const log = pino()

await withOperation('nightly import', async () => {
  log.info('import begins')
  for (const customer of ['north', 'south']) {
    await withFields({ tenant: customer }, async () => {
      await new Promise((resolve) => setImmediate(resolve))
      log.info('customer imported')
    })
  }
})
log.info('no operation here')
