/**
 * Is Waybill switched off, with nothing to say? Values that are neither true nor false leave it on, and are said
 * where the options are read.
 */
export function isOff(env: Readonly<Record<string, string | undefined>>): boolean {
  const read = (name: string): string | undefined => env[name]?.trim().toLowerCase()
  const off = read('OTEL_SDK_DISABLED') === 'true' || read('WAYBILL_ENABLED') === 'false'
  return off && read('OTEL_LOG_LEVEL') !== 'debug'
}
