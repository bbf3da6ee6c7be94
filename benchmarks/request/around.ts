import { join } from 'node:path'
import { hear, start, stop, type Running } from '../processes.ts'
import type { Pin } from './cores.ts'

/** What runs around the measured server. */
export interface Around {
  readonly load: Running
  readonly sink: Running
  /** Where the sink listens. */
  readonly collector: string
  /** Where the service listens that the measured one calls. */
  readonly downstream: string
  stop(): Promise<void>
}

/** @param tools the folder in which the load generator's dependencies are */
export async function startAround(pin: Pin, tools: string): Promise<Around> {
  const sink = startPinned(pin, '../sink.ts')
  const downstream = startPinned(pin, 'downstream.ts')
  const load = startPinned(pin, 'load.ts', tools)
  const all = [sink, downstream, load]
  const stopAll = async (): Promise<void> => void (await Promise.all(all.map(stop)))
  try {
    const [toSink, toDownstream] = await Promise.all([
      hear<{ port: number }>(sink),
      hear<{ port: number }>(downstream),
      hear(load),
    ])
    return {
      load,
      sink,
      collector: `http://127.0.0.1:${toSink.port}`,
      downstream: `http://127.0.0.1:${toDownstream.port}`,
      stop: stopAll,
    }
  } catch (error) {
    await stopAll()
    throw error
  }
}

function startPinned(pin: Pin, file: string, ...args: string[]): Running {
  const [command, pinned] = pin(process.execPath, [join(import.meta.dirname, file), ...args])
  return start(command, pinned, { channels: ['ipc'] })
}
