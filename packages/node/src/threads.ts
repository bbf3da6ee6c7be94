/** Is this a Worker? Node marks what a Worker cannot do; asking `node:worker_threads` would cost 3 ms to read it. */
export function isThread(): boolean {
  return (process.chdir as { disabled?: boolean }).disabled === true
}

/** Is this the thread on which Node runs asynchronous loader hooks? It runs preloads too. */
export function isLoaderThread(): boolean {
  return isThread() && process.getBuiltinModule('node:worker_threads').isInternalThread
}
