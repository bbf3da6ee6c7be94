import { redactSql } from '../src/tracing/redact/sql.ts'
import { attributes } from './support/redacted.ts'

const pg = (sql: string): string => redactSql(sql, 'postgresql')
const mysql = (sql: string): string => redactSql(sql, 'mysql')

test.each([
  ["SELECT * FROM t1 WHERE a = 'x' AND b = 17", 'SELECT * FROM t1 WHERE a = ? AND b = ?'],
  ["WHERE a = 'it''s' AND b", 'WHERE a = ? AND b'],
  ["WHERE a = 'C:\\' AND b = 'x'", 'WHERE a = ? AND b = ?'],
  ["WHERE a = E'it\\'s' AND b = 'x'", 'WHERE a = ? AND b = ?'],
  ['WHERE "name" = $1 AND x = :y', 'WHERE "name" = $1 AND x = :y'],
  ['SELECT $$secret$$, $q$a $$ b$q$, 1', 'SELECT ?, ?, ?'],
  ['SELECT 1.5e-10, 0xFF, .5, -3, 1e5, t.2x', 'SELECT ?, ?, ?, -?, ?, t.?'],
  ["SELECT x'ab', B'01', N'n', U&'d', DATE '2020-01-01'", 'SELECT ?, ?, ?, U&?, DATE ?'],
  ["SELECT a -- 'secret'\nFROM b /* 'x' /* nested */ 1 */ WHERE c = 2", 'SELECT a  \nFROM b   WHERE c = ?'],
  ['SELECT data::jsonb ? 17 FROM col_2', 'SELECT data::jsonb ? ? FROM col_2'],
  ["INSERT INTO t VALUES ('a', 'b", 'INSERT INTO t VALUES (?, ?'],
  ['SELECT $$never closed', 'SELECT ?'],
  ["COPY t FROM 'x'", 'COPY t FROM ?'],
])('PostgreSQL: %s', (given, expected) => {
  expect(pg(given)).toBe(expected)
  expect(pg(expected)).toBe(expected)
})

test.each([
  [
    'SELECT `na``me` FROM t WHERE a = "x\\"y" AND b = \'p\\\'q\'',
    'SELECT `na``me` FROM t WHERE a = ? AND b = ?',
  ],
  ["SELECT 1 # 'secret'\n+ 2", 'SELECT ?  \n+ ?'],
  ["SELECT /*!50000 'a' */ b", 'SELECT /*!50000 ? */ b'],
  ["SELECT _utf8mb4'abc', @var, @@session.x", 'SELECT ?, @var, @@session.x'],
])('MySQL: %s', (given, expected) => {
  expect(mysql(given)).toBe(expected)
})

test.each([
  [
    'mssql',
    "SELECT [it's 5] FROM t WHERE a = N'x' AND @p1 = 2",
    "SELECT [it's 5] FROM t WHERE a = ? AND @p1 = ?",
  ],
  ['oracle', "SELECT q'[it's]', nq'{x}' FROM dual WHERE a = :1", 'SELECT ?, ? FROM dual WHERE a = :1'],
  ['sqlite', 'SELECT a FROM t WHERE b = "bob" AND c = ?1', 'SELECT a FROM t WHERE b = ? AND c = ?1'],
  ['unknown', "WHERE a = 'x\\' OR b = 'secret'", 'WHERE a = ?'],
])('%s: %s', (system, given, expected) => {
  expect(redactSql(given, system)).toBe(expected)
})

test('on spans: by the database they name', () => {
  const sql = "SELECT 1 WHERE a = 'x'"
  expect(attributes({ 'db.system.name': 'postgresql', 'db.query.text': sql })['db.query.text']).toBe(
    'SELECT ? WHERE a = ?',
  )
  expect(attributes({ 'db.statement': sql })['db.statement']).toBe('SELECT ? WHERE a = ?')
  const redis = { 'db.system': 'redis', 'db.statement': "SET key 'x' 1" }
  expect(attributes(redis)).toEqual(redis)
  expect(attributes({ 'db.statement': sql }, { sql: false })['db.statement']).toBe(sql)
})
