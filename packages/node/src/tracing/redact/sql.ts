// SQL with every literal replaced by `?`: strings, numbers, dollar quotes; comments go. A lexer, no parser: it
// knows just enough of each flavour to find where a literal ends. Where it cannot, the rest of the text goes.

/** How a flavour writes strings. */
interface Flavour {
  /** `\'` does not end a string. Undefined: not known. */
  readonly backslash: boolean | undefined
  /** `"…"` is a string. */
  readonly doubleQuoted: boolean
  /** `[…]` is a name. */
  readonly brackets: boolean
  /** `#` starts a comment. */
  readonly hash: boolean
}

const STANDARD: Flavour = { backslash: false, doubleQuoted: false, brackets: false, hash: false }
const MYSQL: Flavour = { backslash: true, doubleQuoted: true, brackets: false, hash: true }
const MSSQL: Flavour = { ...STANDARD, brackets: true }
const UNKNOWN: Flavour = { backslash: undefined, doubleQuoted: true, brackets: false, hash: false }

const FLAVOURS: Record<string, Flavour> = {
  postgresql: STANDARD,
  postgres: STANDARD,
  cockroachdb: STANDARD,
  redshift: STANDARD,
  oracle: STANDARD,
  'oracle.db': STANDARD,
  db2: STANDARD,
  cassandra: STANDARD,
  mysql: MYSQL,
  mariadb: MYSQL,
  tidb: MYSQL,
  mssql: MSSQL,
  'microsoft.sql_server': MSSQL,
}

/** Databases whose statements are not SQL: their instrumentations decide what of them is recorded. */
const NOT_SQL = new Set(
  [
    ['redis', 'valkey', 'memcached', 'mongodb', 'elasticsearch', 'opensearch', 'couchdb', 'hbase', 'geode'],
    ['aws.dynamodb', 'dynamodb'],
  ].flat(),
)

/** @param system `db.system.name` or `db.system` */
export function isSql(system: unknown): boolean {
  return typeof system !== 'string' || !NOT_SQL.has(system)
}

/**
 * @param system `db.system.name` or `db.system`. Where it is not known, what may be a literal is one.
 */
export function redactSql(text: string, system: unknown): string {
  const flavour =
    (typeof system === 'string' && Object.hasOwn(FLAVOURS, system) && FLAVOURS[system]) || UNKNOWN
  let out = ''
  let i = 0
  while (i < text.length) {
    const c = text[i]!
    const next = text[i + 1]
    let end: number
    if (c === "'") {
      end = endOfString(text, i, flavour.backslash)
      out += '?'
    } else if (c === '"') {
      end = endOfString(text, i, flavour.doubleQuoted ? flavour.backslash : false)
      out += flavour.doubleQuoted ? '?' : text.slice(i, end)
    } else if (c === '`') {
      end = endOfString(text, i, false)
      out += text.slice(i, end)
    } else if (c === '[' && flavour.brackets) {
      end = endAfter(text, ']', i + 1)
      out += text.slice(i, end)
    } else if ((c === '-' && next === '-') || (c === '#' && flavour.hash)) {
      end = endOfLine(text, i)
      out += ' '
    } else if (c === '/' && next === '*') {
      const hint = /^\/\*!\d*/.exec(text.slice(i, i + 10))
      // MySQL runs what is in `/*! … */`: it is read like all else.
      end = hint ? i + hint[0].length : endOfComment(text, i)
      out += hint ? hint[0] : ' '
    } else if (c === '$') {
      const tag = dollarTag(text, i)
      end = tag === undefined ? i + 1 : endAfter(text, tag, i + tag.length)
      while (tag === undefined && isWord(text[end])) end++
      out += tag === undefined ? text.slice(i, end) : '?'
    } else if (isDigit(c) || (c === '.' && next !== undefined && isDigit(next) && !isWord(text[i - 1]))) {
      end = endOfNumber(text, i)
      out += '?'
    } else if (isWord(c) || c === '@' || c === ':' || c === '?') {
      // `:1`, `?1` and `@p1` are parameters: their digits belong to them.
      end = i + 1
      while (end < text.length && isWord(text[end])) end++
      const string = text[end] === "'" ? stringOf(text, i, end, flavour) : -1
      out += string < 0 ? text.slice(i, end) : '?'
      if (string >= 0) end = string
    } else {
      end = i + 1
      out += c
    }
    i = end
  }
  return out
}

/** Where the string ends that has a prefix, `E'…'`, `x'…'`, `N'…'`, `q'[…]'`; -1 where the word is none. */
function stringOf(text: string, start: number, quote: number, { backslash }: Flavour): number {
  const word = text.slice(start, quote).toLowerCase()
  if (word === 'q' || word === 'nq') {
    const open = text[quote + 1] ?? ''
    const close = { '[': ']', '(': ')', '{': '}', '<': '>' }[open] ?? open
    const at = text.indexOf(`${close}'`, quote + 2)
    return at < 0 ? text.length : at + 2
  }
  if (!/^(?:e|b|x|n|u|r|rb|br|_[a-z0-9]+)$/.test(word)) return -1
  return endOfString(text, quote, word === 'e' ? true : backslash)
}

/** Behind the closing quote; the end of the text where there is none, or where nobody can tell which it is. */
function endOfString(text: string, start: number, backslash: boolean | undefined): number {
  const quote = text[start]!
  for (let i = start + 1; i < text.length; i++) {
    const c = text[i]
    if (c === '\\' && backslash !== false) {
      if (backslash === undefined) return text.length
      i++
    } else if (c === quote) {
      if (text[i + 1] === quote) i++
      else return i + 1
    }
  }
  return text.length
}

/** `$tag$` or `$$` at `start`; undefined for the parameter `$1`, and for a `$` alone. */
function dollarTag(text: string, start: number): string | undefined {
  let i = start + 1
  if (text[i] !== undefined && isDigit(text[i]!)) return undefined
  while (isWord(text[i])) i++
  return text[i] === '$' ? text.slice(start, i + 1) : undefined
}

function endOfNumber(text: string, start: number): number {
  let i = start + 1
  while (i < text.length) {
    const c = text[i]!
    const sign = (c === '+' || c === '-') && /[eE]/.test(text[i - 1]!) && !/^0x/i.test(text.slice(start, i))
    if (!isWord(c) && c !== '.' && !sign) break
    i++
  }
  return i
}

/** PostgreSQL's comments nest. Unclosed: all of the rest is comment. */
function endOfComment(text: string, start: number): number {
  let depth = 1
  let i = start + 2
  for (; i < text.length && depth > 0; i++) {
    if (text[i] === '*' && text[i + 1] === '/') {
      depth--
      i++
    } else if (text[i] === '/' && text[i + 1] === '*') {
      depth++
      i++
    }
  }
  return i
}

function endOfLine(text: string, start: number): number {
  const at = text.indexOf('\n', start)
  return at < 0 ? text.length : at
}

function endAfter(text: string, close: string, from: number): number {
  const at = text.indexOf(close, from)
  return at < 0 ? text.length : at + close.length
}

function isDigit(c: string): boolean {
  return c >= '0' && c <= '9'
}

function isWord(c: string | undefined): boolean {
  if (c === undefined) return false
  return (
    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c === '_' || c >= '\u0080'
  )
}
