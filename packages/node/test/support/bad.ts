import { read } from './read.ts'

/** Variables, what the line says, the nearest valid value, what is used: of a name that nobody reads, nothing. */
export type Bad = [env: Record<string, string>, says: string, nearest: string | undefined, used: string]

/** The one line that bad configuration comes to. */
export function problemOf(env: Record<string, string>): {
  line: string
  nearest: string | undefined
  used: string | undefined
} {
  const { lines } = read(env)
  const [line = ''] = lines
  if (lines.length !== 1 || !/^WAYBILL_[A-Z_]+: /.test(line)) throw new Error(`said is:\n${lines.join('\n')}`)
  if (line.includes('s3cret')) throw new Error(`a secret is said: ${line}`)
  const nearest = /Nearest: (.*?)\. /.exec(line)?.[1]
  const used = / is read by nobody/.test(line) ? '' : /Used instead: (.*)\.$/.exec(line)?.[1]
  return { line, nearest, used }
}
