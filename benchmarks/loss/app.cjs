// Makes spans and ends, as its argument says (plan.ts). File descriptor 3 is the benchmark: it hears when the first
// spans are made, and before the end how many they are.
const { writeSync } = require('node:fs')
const { makeSpan, made } = require('../spans.cjs')

const { burst = 0, pace, linger = 0, end } = JSON.parse(process.argv[2])

const ends = {
  natural() {},
  exit: () => process.exit(0),
  throw() {
    throw new Error('the end of this process')
  },
  reject: () => void Promise.reject(new Error('the end of this process')),
  SIGINT: () => process.kill(process.pid, 'SIGINT'),
  SIGHUP: () => process.kill(process.pid, 'SIGHUP'),
  serve() {},
}

if (end === 'serve') require('node:http').createServer().listen(0, '127.0.0.1', run)
else run()

function run() {
  for (let count = 0; count < burst; count++) makeSpan()
  say({ began: true })
  if (pace) paced(pace, finish)
  else finish()
}

function paced({ perSecond, seconds }, then) {
  const began = performance.now()
  const timer = setInterval(() => {
    const due = Math.min(performance.now() - began, seconds * 1000) * (perSecond / 1000)
    while (made() - burst < due) makeSpan()
    if (made() - burst < perSecond * seconds) return
    clearInterval(timer)
    then()
  }, 1)
}

function finish() {
  if (linger > 0) setTimeout(last, linger)
  else last()
}

// The end comes in the turn of the last span.
function last() {
  say({ made: made() })
  ends[end]()
}

function say(line) {
  writeSync(3, `${JSON.stringify(line)}\n`)
}
