// Makes spans at a rate, as long as it is told, then ends by itself. One message tells it what to do; it answers when
// the last span is made.
const { monitorEventLoopDelay } = require('node:perf_hooks')
const { makeSpan, made } = require('../spans.cjs')

/** Longer than this one turn does not make spans, in milliseconds: what is behind comes in the next. */
const TURN = 5

process.once('message', async ({ warmUp, window, perSecond }) => {
  await pace(warmUp.perSecond, warmUp.seconds)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const before = made()
  const began = Date.now()
  const cpu = process.cpuUsage()
  const main = process.threadCpuUsage?.()
  delay.enable()
  await pace(perSecond ?? Infinity, window)
  delay.disable()
  const spent = process.cpuUsage(cpu)
  const mainSpent = main && process.threadCpuUsage(main)
  process.send(
    {
      began,
      ended: Date.now(),
      all: made(),
      made: made() - before,
      cpu: spent.user + spent.system,
      mainCpu: mainSpent && mainSpent.user + mainSpent.system,
      delay: [delay.percentile(50), delay.percentile(99), delay.max].map((ns) => ns / 1e6),
    },
    () => process.disconnect(),
  )
})
process.send({})

/** What is due is made once a millisecond: as requests come, and not all of a second at once. */
function pace(perSecond, seconds) {
  return new Promise((resolve) => {
    const began = performance.now()
    const before = made()
    const timer = setInterval(() => {
      const now = performance.now()
      const due = Math.min(now - began, seconds * 1000) * (perSecond / 1000)
      for (let count = 1; made() - before < due; count++) {
        makeSpan()
        if (count % 32 === 0 && performance.now() - now > TURN) break
      }
      if (now - began < seconds * 1000) return
      clearInterval(timer)
      resolve()
    }, 1)
  })
}
