/** Events that wait for their turn, at most `concurrency` in hand at a time. */
export interface Work<T> {
  add(item: T): void
  readonly waiting: number
  /** Settles when nothing waits and nothing is in hand. */
  idle(): Promise<void>
}

/**
 * @param run must not reject
 * @param onTaken told after an item has left the waiting ones
 */
export function work<T>(
  concurrency: number,
  run: (item: T) => Promise<void>,
  onTaken: () => void = () => {},
): Work<T> {
  const queue: T[] = []
  let head = 0
  let inHand = 0
  let waiters: (() => void)[] = []

  function next(): void {
    while (inHand < concurrency && head < queue.length) {
      const item = queue[head++]!
      // Taken items go in one piece: shift() would move all the rest for each.
      if (head >= 1024 || head === queue.length) {
        queue.splice(0, head)
        head = 0
      }
      inHand++
      void run(item).finally(() => {
        inHand--
        next()
      })
      onTaken()
    }
    if (inHand > 0) return
    for (const settle of waiters) settle()
    waiters = []
  }

  return {
    add(item) {
      queue.push(item)
      next()
    },
    get waiting() {
      return queue.length - head
    },
    idle: () =>
      new Promise((settle) => {
        waiters.push(settle)
        next()
      }),
  }
}
