import { join } from 'node:path'
import { ask, hear, start, stop } from '../processes.ts'
import type { Behaviour } from './behaviour.ts'
import type { Protocol } from './listen.ts'

export type Order =
  | { readonly do: 'up' }
  | { readonly do: 'down' }
  | { readonly do: 'behave'; readonly behaviour: Behaviour }
  | { readonly do: 'count'; readonly from?: number | undefined; readonly to?: number | undefined }

/** What was accepted so far. Times are in milliseconds since 1970. */
export interface Arrived {
  /** Told apart by their ids. */
  readonly spans: number
  /** Spans that had arrived before. */
  readonly again: number
  /** How many of `spans` that is true of. */
  readonly repeated: number
  /** With what came twice, between the two times that were asked for. */
  readonly between: number
  /** When the last came; 0 where none did. */
  readonly last: number
}

/** A collector in a process of its own, which can be taken down and come back at the same port. */
export interface Collector {
  /** `http://host:port` */
  readonly url: string
  up(): Promise<void>
  /** Connections are reset, and new ones refused. */
  down(): Promise<void>
  behave(behaviour: Behaviour): Promise<void>
  arrived(from?: number, to?: number): Promise<Arrived>
  stop(): Promise<void>
}

export async function startCollector(protocol: Protocol, behaviour: Behaviour): Promise<Collector> {
  const running = start(process.execPath, [...FLAGS, join(import.meta.dirname, 'main.ts'), protocol], {
    channels: ['ipc'],
  })
  const order = <Answer>(it: Order): Promise<Answer> => ask<Answer>(running, it)
  try {
    await hear(running)
    await order({ do: 'behave', behaviour })
    const { port } = await order<{ port: number }>({ do: 'up' })
    return {
      url: `http://127.0.0.1:${port}`,
      up: async () => void (await order({ do: 'up' })),
      down: async () => void (await order({ do: 'down' })),
      behave: async (next) => void (await order({ do: 'behave', behaviour: next })),
      arrived: (from, to) => order<Arrived>({ do: 'count', from, to }),
      stop: () => stop(running),
    }
  } catch (error) {
    await stop(running)
    throw error
  }
}

const FLAGS = ['--disable-warning=ExperimentalWarning']
