// The three stories, as data and as what is expected of each record.

export interface Scan {
  parcel_id: string
  depot: string
  status: string
  weight: { value: number; unit: string }
  length: { value: number; unit: string }
}

/** How far a record goes: the customer is told, it is only stored, or it ends as a dead letter. */
export type Fate = 'notified' | 'stored' | 'dead'

export interface Planned {
  scan: Scan
  fate: Fate
}

/** A record that was posted. */
export interface Posted extends Planned {
  scanId: string
  /** As scan-api's log line about it says; undefined where it says nothing. */
  traceId: string | undefined
}

export const GOOD: Planned = { scan: scan('P-1001', { status: 'damaged' }), fate: 'notified' }
export const FAILING: Planned = { scan: scan('P-1002', { depot: 'ATL' }), fate: 'dead' }
export const BATCH: readonly Planned[] = Array.from({ length: 50 }, (_, index) => {
  const id = `P-${2001 + index}`
  if (index === 12) return { scan: scan(id, { weight: { value: 2, unit: 'stone' } }), fate: 'dead' }
  if (index === 37) return { scan: scan(id, { depot: 'ATL' }), fate: 'dead' }
  if (index % 5 === 0) return { scan: scan(id, { status: index % 2 ? 'damaged' : 'late' }), fate: 'notified' }
  return { scan: scan(id, { depot: ['HAM', 'LYS', 'PDX'][index % 3]! }), fate: 'stored' }
})

function scan(parcel_id: string, differs: Partial<Scan>): Scan {
  const usual = {
    depot: 'HAM',
    status: 'in_transit',
    weight: { value: 12.5, unit: 'lb' },
    length: { value: 20, unit: 'in' },
  }
  return { parcel_id, ...usual, ...differs }
}
