import { get } from 'node:http'
import { stop } from '../processes.ts'
import type { Subject } from '../subjects.ts'
import { nodeArguments, spawnIn, type Place } from './spawn.ts'

export interface Usage {
  /** Milliseconds from spawn to the response. */
  readonly wall: number
  /** Milliseconds, user and system, of all threads, up to the response. */
  readonly cpu: number
  /** Bytes, then. */
  readonly rss: number
  /** CommonJS modules read. */
  readonly files: number
}

/** The express app to its first response. */
export async function runExpress(subject: Subject, place: Place): Promise<Usage> {
  const { running, line, began } = spawnIn(place, subject, nodeArguments(subject, ['./express.cjs']))
  try {
    const { port } = JSON.parse(await line()) as { port: number }
    const wall = (await responded(port)) - began
    return { wall, ...(JSON.parse(await line()) as Omit<Usage, 'wall'>) }
  } finally {
    await stop(running)
  }
}

/** The express app to its own end: what it leaves for later starts is there, and no start that counts is the first. */
export async function endExpress(subject: Subject, place: Place): Promise<void> {
  const { line, ended } = spawnIn(place, subject, nodeArguments(subject, ['./express.cjs', 'end']))
  const { port } = JSON.parse(await line()) as { port: number }
  await responded(port)
  await ended()
}

/** The idle script to its end, in milliseconds. */
export async function runIdle(subject: Subject, place: Place): Promise<number> {
  const { ended, began } = spawnIn(place, subject, nodeArguments(subject, ['./idle.cjs']))
  return (await ended()) - began
}

function responded(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path: '/items/1', agent: false }, (response) => {
      response.resume().on('end', () => resolve(performance.now()))
    }).on('error', reject)
  })
}
