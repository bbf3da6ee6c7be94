// Every name of ours that leaves the process, each once. Names that OpenTelemetry's semantic conventions
// have are taken from there, in the package that sets them.

/** The operation a span, a log line or a message belongs to. The same word everywhere, so that one search finds all. */
export const OPERATION_ID = 'operation_id'
/** What the operation does, as its opener named it. */
export const OPERATION_NAME = 'operation_name'

/** Kafka header and baggage member that carry the operation id across processes. */
export const OPERATION_CARRIER_KEY = 'operation_id'
