/** Name and version of the instrumentation scope of every span and metric of this package. */
export const SCOPE = '@waybill/kafka'
export const VERSION = '0.1.0'
