// OpenTelemetry's SDK without an exporter: what making spans costs by itself. Found from the folder it is run in.
const { createRequire } = require('node:module')
const path = require('node:path')

const load = createRequire(path.join(process.cwd(), 'package.json'))
const { trace } = load('@opentelemetry/api')
const { TracerProvider } = load('@opentelemetry/sdk-trace')

trace.setGlobalTracerProvider(new TracerProvider())
