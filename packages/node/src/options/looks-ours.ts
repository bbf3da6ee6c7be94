/** Names of variables that may be meant for Waybill, also those with slips of the pen: misspelt.ts looks at them more closely. */
export const LOOKS_OURS: RegExp = /^(?:o[telmp]{2,4}|open_?telemetry|wa[ybil]{3,6})[_.-]/i
