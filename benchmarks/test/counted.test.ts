import { countLost } from '../loss/counted.ts'

const A = 'http://127.0.0.1:1 (grpc)'

test('spans that are said to be lost are added up, other signals and other programs are not', () => {
  const stderr = `
waybill: WAYBILL_TELEMETRY_LOST: 512 spans for ${A} are lost: the spool is full.
waybill: WAYBILL_TELEMETRY_LOST: 30 metric points for ${A} are lost: the spool is full.
waybill: WAYBILL_TELEMETRY_LOST: 88 more spans for ${A} are lost: the process ends.
waybill: WAYBILL_TELEMETRY_LOST: 12 spans for http://127.0.0.1:2 (grpc) are lost: HTTP 400.
waybill: WAYBILL_TELEMETRY_LOST: no more since 10 s; 30 metric points for ${A} were lost in 4 s.
waybill: WAYBILL_TELEMETRY_LOST: the export worker stopped (no good). Nothing was lost with it.
waybill: WAYBILL_TELEMETRY_LOST: the export worker stopped (no good). Lost with it: 100 spans, 3 metric points.
waybill: WAYBILL_TELEMETRY_LOST: the export worker stopped (no good). Lost with it: 3 metric points.
an app that writes: 7 spans for nobody (else) are lost: it is not Waybill
`
  expect(countLost(stderr)).toEqual({ spans: 712, vague: [] })
})

test('the line that says it is over has all that was lost since it began, and what comes then begins again', () => {
  const stderr = `
waybill: WAYBILL_TELEMETRY_LOST: 512 spans for ${A} are lost: the spool is full.
waybill: WAYBILL_TELEMETRY_LOST: no more since 10 s; 600 spans for ${A} were lost in 4 s.
waybill: WAYBILL_TELEMETRY_LOST: 5 spans for ${A} are lost: the spool is full.
waybill: WAYBILL_TELEMETRY_LOST: no more since 10 s; 5 spans for ${A} were lost in 1 s.
`
  expect(countLost(stderr)).toEqual({ spans: 605, vague: [] })
})

test('a line that gives no number is handed on', () => {
  const line = 'waybill: WAYBILL_TELEMETRY_LOST: something went wrong.'
  expect(countLost(line)).toEqual({ spans: 0, vague: [line] })
})
