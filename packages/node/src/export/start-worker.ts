import { extname } from 'node:path'
import type { Worker } from 'node:worker_threads'
import type { WorkerStart } from './protocol.ts'

/** The export worker's thread. */
export function startWorker(file: string, workerData: WorkerStart): Worker {
  // Not imported: reading it costs 3 ms, and a process may end without telemetry.
  const { Worker } = process.getBuiltinModule('node:worker_threads')
  return new Worker(file, {
    name: 'waybill-export',
    workerData,
    // Nothing of the app's command line or NODE_OPTIONS: no preload, no inspector, no loader. From a checkout
    // the sources are found by their condition.
    execArgv: extname(file) === '.ts' ? ['--conditions=@waybill/source'] : [],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
}
