import type { Env } from '@waybill/core/env'
import { isSetting, SHARED, type Shared } from './export/threads/shared.ts'

/** Is this a Worker? Node marks what a Worker cannot do; asking `node:worker_threads` would cost 3 ms to read it. */
export function isThread(): boolean {
  return (process.chdir as { disabled?: boolean }).disabled === true
}

/** Is this the thread on which Node runs asynchronous loader hooks? It runs preloads too. */
export function isLoaderThread(): boolean {
  return isThread() && process.getBuiltinModule('node:worker_threads').isInternalThread
}

/** The settings of the process, where this is a thread of one that shares its exporter; else those of `env`. */
export function settingsOfProcess(env: Env): Env {
  if (!isThread()) return env
  const { getEnvironmentData } = process.getBuiltinModule('node:worker_threads')
  const shared = getEnvironmentData(SHARED) as unknown as Shared | undefined
  if (!shared) return env
  const own = Object.entries(env).filter(([name]) => !isSetting(name))
  return { ...Object.fromEntries(own), ...shared.env }
}
