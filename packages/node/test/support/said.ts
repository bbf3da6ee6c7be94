import type * as fs from 'node:fs'

/** The lines that Waybill prints during a test, without `waybill: `; they do not come to the terminal. */
export function useSaid(): { readonly lines: readonly string[] } {
  const said = { lines: [] as string[] }
  beforeEach(() => {
    said.lines = []
    // What one test has said would not be said again in the next.
    ;(globalThis as { [key: symbol]: unknown })[Symbol.for('waybill.reported')] = new Set()
    const real = jest.requireActual<typeof fs>('node:fs')
    const { writeSync } = real
    jest
      .spyOn(real, 'writeSync')
      .mockImplementation(((fd: number, ...rest: [string]) =>
        fd === 2
          ? said.lines.push(rest[0].trim().replace(/^waybill: /, ''))
          : writeSync(fd, ...rest)) as never)
  })
  afterEach(() => jest.restoreAllMocks())
  return said
}
