import { readFileSync } from 'node:fs'
import type { SecureContextOptions } from 'node:tls'
import { report } from '@waybill/core/report'
import type { Endpoint } from '../options/endpoint.ts'

/** The certificates an endpoint names. A file that cannot be read is said and left out. */
export function tlsOptions({ tls }: Endpoint): SecureContextOptions {
  const options: SecureContextOptions = {}
  for (const part of ['ca', 'cert', 'key'] as const) {
    const file = tls[part]
    if (file === undefined) continue
    try {
      options[part] = readFileSync(file)
    } catch (error) {
      report(
        'WAYBILL_BAD_VALUE',
        `the ${part} file ${file} cannot be read: ${(error as Error).message}. It is left out.`,
      )
    }
  }
  return options
}
