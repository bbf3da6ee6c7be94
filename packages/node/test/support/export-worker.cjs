// Stands in for the export worker. The URL of the endpoint says how it behaves, and in which file it keeps its
// diary: one line for each batch it took, with what is in it.
const { appendFileSync, existsSync, writeFileSync } = require('node:fs')
const { parentPort, workerData } = require('node:worker_threads')

const PENDING = 0
const READ = 2
const { state, endpoints } = workerData.waybillExport
const slots = new Int32Array(state)
const { hostname: behaviour, pathname: diary } = new URL(endpoints.traces.url)
const isFirst = !existsSync(diary)
if (isFirst) writeFileSync(diary, '')

if (isFirst && behaviour === 'dies-at-start') throw new Error('no good')
if (behaviour === 'never-reads') for (;;);
parentPort.on('message', ({ batch }) => {
  if (!batch) return
  Atomics.add(slots, READ, 1)
  if (isFirst && behaviour === 'dies-with-first') process.exit(3)
  if (behaviour === 'never-settles') return
  appendFileSync(diary, `${batch.items} ${Buffer.from(batch.bytes).toString()}\n`)
  if (Atomics.sub(slots, PENDING, 1) > 1) return
  Atomics.notify(slots, PENDING)
  parentPort.postMessage('idle')
})
