import { accessSync, constants } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readString, type Env } from '@waybill/core/env'
import type { SpoolSettings } from './options.ts'

/** Where telemetry waits on disk while the collector is away. */
export interface SpoolOptions {
  /** Folder of all services; each has one of its own in it. */
  readonly dir: string
  readonly maxBytes: number
  /** `service.name`: the next process of the same service delivers what this one leaves. */
  readonly service: string
}

/** The spool of a service; undefined where it is off. */
export function readSpool(
  { enabled, dir, maxBytes }: SpoolSettings,
  service: string,
  env: Env = process.env,
): SpoolOptions | undefined {
  return enabled
    ? { dir: dir === undefined ? defaultFolder(env) : resolve(dir), maxBytes, service }
    : undefined
}

/** The system's folder for state that outlives a process; where the home is missing or read-only, the temporary one. */
function defaultFolder(env: Env): string {
  const local = readString(env, 'LOCALAPPDATA')
  if (process.platform === 'win32' && local !== undefined) return join(local, 'waybill', 'spool')
  const state = readString(env, 'XDG_STATE_HOME')
  if (state !== undefined && state.startsWith('/')) return join(state, 'waybill', 'spool')
  try {
    // Throws where the user has no home at all.
    const home = homedir()
    accessSync(home, constants.W_OK)
    return process.platform === 'darwin'
      ? join(home, 'Library', 'Application Support', 'waybill', 'spool')
      : join(home, '.local', 'state', 'waybill', 'spool')
  } catch {
    // The name carries the user: two users share the temporary folder, and each owns this one or refuses it.
    return join(tmpdir(), `waybill-${process.getuid?.() ?? 'user'}`)
  }
}
