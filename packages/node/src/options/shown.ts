import type { Given } from './reader.ts'
import type { Row } from './table.ts'

const LONGEST = 80

/** The value as it may be printed; undefined where nothing of it may. */
export function shown({ text, from }: Given, row?: Row): string | undefined {
  if (text === '' || row?.kind === 'pairs' || (SECRET_NAME.test(from) && row?.kind !== 'boolean'))
    return undefined
  return withoutSecrets(text)
}

/** Credentials and query values of URLs, tokens and the values of telling names are not shown. */
export function withoutSecrets(text: string): string {
  const clean = text
    .slice(0, LONGEST * 4)
    .replace(/\/\/[^/\s]*@/g, '//***@')
    .replace(/^[^/\s:]*:[^/\s@]*@/, '***@')
    .replace(/\?.*/s, '?***')
    .replace(/\b(bearer|basic|token|apikey)[\s:]+\S+/gi, '$1 ***')
    .replace(SECRET_PAIR, '$1=***')
    .replace(/\b(?:[A-Za-z0-9+/_-]{32,}={0,2})/g, '***')
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean
}

const SECRET_NAME = /HEADERS|SECRET|TOKEN|PASSWORD|CREDENTIAL|API_?KEY/i
const SECRET_PAIR =
  /([\w.-]*(?:auth|token|secret|passw|pwd|cred|key|sig|cookie|session)[\w.-]*)\s*[=:]\s*(?!\*\*\*)[^,;&\s]+/gi
