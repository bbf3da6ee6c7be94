// Loaded into each service beside the preload: when the demo is gone, however it ended, the service ends as if asked
// to. An app of your own needs nothing like it.
const { isMainThread } = require('node:worker_threads')

if (isMainThread && process.channel) {
  process.once('disconnect', () => {
    process.kill(process.pid, 'SIGTERM')
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 10_000).unref()
  })
  process.channel.unref()
}
