// Loaded behind the preload, in a run that nothing else is measured in: how many files were read is known inside
// only, and this file would hide what the first preload costs, as it is one itself.
process.on('exit', () => {
  // CommonJS modules only: Node has no list of the ES modules it has read.
  const files = Object.keys(require.cache).length - 1
  // Workers inherit the preload, and this file with it.
  if (!require('node:worker_threads').isMainThread) return
  require('node:fs').writeSync(3, `${JSON.stringify({ files })}\n`)
})
