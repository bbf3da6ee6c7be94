import type { Viewer } from '@waybill/viewer'
import type { LogLine } from './service.ts'
import { settle } from './settle.ts'
import { stoppedAt } from './stopped.ts'
import { printTree } from './tell.ts'
import type { DeadLetter } from './dead-letters.ts'

/** Prints the tree of each scan that somebody posts, when nothing more of it arrives for a moment. */
export function watchScans(
  viewer: Viewer,
  letters: readonly DeadLetter[],
  print: (line: string) => void,
): (line: LogLine) => void {
  return ({ msg, fields }) => {
    const traceId = fields['trace_id']
    if (msg !== 'scan accepted' || typeof traceId !== 'string') return
    const wait = async (): Promise<void> => {
      // Nothing is expected of it, so it is complete when all is quiet.
      const { index } = await settle(viewer, () => ['not yet'], { quietMs: 1500, timeoutMs: 10_000 })
      print('')
      printTree(index, traceId, print)
      const letter = letters.find(({ parcelId }) => parcelId === fields['parcel_id'])
      const stopped = stoppedAt(index.trace(traceId), letter)
      if (stopped) print(stopped)
    }
    wait().catch((error: Error) => print(`no tree of ${traceId}: ${error.message}`))
  }
}
