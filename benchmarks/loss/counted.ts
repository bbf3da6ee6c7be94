/** What Waybill says on stderr about spans that are lost. */
export interface Counted {
  readonly spans: number
  /** Lines that say that something is lost, and not how many spans. */
  readonly vague: readonly string[]
}

const CODE = 'WAYBILL_TELEMETRY_LOST'
/** `512 spans for http://… are lost: …`, and while it goes on `100 more spans for …` */
const LOST = /: (\d+)(?: more)? spans for (\S+ \S+) are lost:/
/** When it is over, the sum of all that was lost until then, said or not. */
const OVER = /: no more since \d+ s; (\d+) spans for (\S+ \S+) were lost in /
/** With an export worker that stopped. */
const WITH_IT = /Lost with it: (?:.*, )?(\d+) spans(?! for Zipkin)/
/** Of the signals that are not counted here. */
const OTHERS = /: \d+(?: more)? (?:log records|metric points) for |; \d+ (?:log records|metric points) for /

export function countLost(stderr: string): Counted {
  let spans = 0
  const vague: string[] = []
  const said = new Map<string, number>()
  for (const line of stderr.split('\n')) {
    if (!line.includes(CODE) || line.includes('Nothing was lost with it')) continue
    const [, lost, where = ''] = LOST.exec(line) ?? []
    const [, all, place = ''] = OVER.exec(line) ?? []
    const [, gone] = WITH_IT.exec(line) ?? []
    if (lost !== undefined) {
      spans += Number(lost)
      said.set(where, (said.get(where) ?? 0) + Number(lost))
    } else if (all !== undefined) {
      spans += Number(all) - (said.get(place) ?? 0)
      said.delete(place)
    } else if (gone !== undefined) spans += Number(gone)
    else if (!OTHERS.test(line) && !line.includes('Lost with it')) vague.push(line)
  }
  return { spans, vague }
}
