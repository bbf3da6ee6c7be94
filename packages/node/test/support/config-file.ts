import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { read } from './read.ts'

export const HEAD = 'file_format: "1.0"\n'
/** With what every file has that describes the SDK. */
export const SDK = `${HEAD}propagator: { composite_list: "tracecontext,baggage" }\n`
export const waybill = (yaml: string): string => `${HEAD}distribution: { waybill: ${yaml} }\n`

/** A function that gives what is read where `yaml` is the configuration file. */
export function useConfigFile(): (yaml: string, env?: Record<string, string>) => ReturnType<typeof read> {
  let folder: string
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'waybill-file-'))))
  afterAll(() => rmSync(folder, { recursive: true }))
  return (yaml, env = {}) => {
    const file = join(folder, 'waybill.yaml')
    writeFileSync(file, yaml)
    return read({ ...env, OTEL_CONFIG_FILE: file })
  }
}
