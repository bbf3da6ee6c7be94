// The collector of `export` and `loss`: a process that keeps what it accepted as it came, and decodes it when asked
// what arrived, so that nothing is decoded while something is measured. node main.ts grpc|http
import { spanIds, type Held } from '../otlp.ts'
import { answerTo, type Behaviour } from './behaviour.ts'
import type { Arrived, Order } from './collector.ts'
import { grpcServer } from './grpc.ts'
import { httpServer } from './http.ts'
import { listen, type Exchange, type Listening } from './listen.ts'

const create = process.argv[2] === 'grpc' ? grpcServer : httpServer
const accepted: { readonly at: number; readonly body: Held }[] = []
let behaviour: Behaviour = { latency: 0 }
let listening: Listening | undefined
let port: number | undefined
let asked = 0

process.on('message', (order: Order) => {
  obey(order).then(
    (answer) => process.send!(answer),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit())
process.send!({})

async function obey(order: Order): Promise<object> {
  switch (order.do) {
    case 'up':
      listening ??= await listen(
        create(hear, () => behaviour.slow ?? 0),
        port,
      )
      // A collector that comes back is found where it was.
      port = listening.port
      return { port }
    case 'down':
      await listening?.close()
      listening = undefined
      return {}
    case 'behave':
      ;({ behaviour } = order)
      asked = 0
      return {}
    case 'count':
      return count(order.from, order.to)
  }
}

function hear(exchange: Exchange): void {
  const from = listening
  if (behaviour.latency === 0) answer(exchange, from)
  else setTimeout(answer, behaviour.latency, exchange, from)
}

function answer(exchange: Exchange, from: Listening | undefined): void {
  // It has gone down in the meantime.
  if (listening !== from) return
  // Metrics and logs have no turn: each second request with spans is one of "half the requests".
  switch (answerTo(behaviour.fault, exchange.traces ? asked++ : 0)) {
    case 'accept':
      if (exchange.accept()) take(exchange)
      return
    case 'lose':
      take(exchange)
      return listening?.reset()
    case 'refuse':
      return exchange.refuse()
    case 'stall':
      return exchange.stall()
    case 'reset':
      return listening?.reset()
  }
}

function take({ traces, body }: Exchange): void {
  if (traces) accepted.push({ at: Date.now(), body })
}

function count(from = -Infinity, to = Infinity): Arrived {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  let all = 0
  let between = 0
  let last = 0
  for (const { at, body } of accepted) {
    const ids = spanIds(body, 'bench')
    for (const id of ids) {
      if (seen.has(id)) repeated.add(id)
      seen.add(id)
    }
    all += ids.length
    if (at >= from && at < to) between += ids.length
    if (ids.length > 0) last = at
  }
  return { spans: seen.size, again: all - seen.size, repeated: repeated.size, between, last }
}
