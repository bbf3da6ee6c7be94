// One case, in a process with Waybill's preload.
const api = require('@opentelemetry/api')
const program = require('./program.cjs')

void program(api, process.env.ORACLE_SCRAPE).then((seen) => {
  // What is detected asynchronously has come by then; upstream's shutdown waits for it.
  setTimeout(() => {}, 50)
  // After Waybill's own listener, which exports what the console shows at the end.
  process.on('exit', () => console.log(`ORACLE ${JSON.stringify(seen)}`))
})
