import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { read } from './support/read.ts'

// Any file: no exception, no endless work, lines of one line each.

let folder: string
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'waybill-fuzz-'))))
afterAll(() => rmSync(folder, { recursive: true }))

const KEYS = [
  'file_format',
  'tracer_provider',
  'meter_provider',
  'logger_provider',
  'resource',
  'propagator',
  'distribution',
  'waybill',
  'processors',
  'batch',
  'simple',
  'exporter',
  'otlp_http',
  'otlp_grpc',
  'console',
  'headers',
  'tls',
  'sampler',
  'parent_based',
  'root',
  'composite/development',
  'rule_based',
  'rules',
  'sampling',
  'keep',
  'readers',
  'periodic',
  'pull',
  'views',
  'attributes',
  'detection/development',
  'detectors',
  'instrumentations',
  'options',
  'http',
  'redaction',
  'name',
  'value',
  'ratio',
  'drop',
  '__proto__',
  'constructor',
  'toString',
]
const tree: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 7, depthSize: 'large' },
    fc.constantFrom<unknown>(null, true, 0, -1, 0.5, '', '1.0', 'none', '${X}', '${X:-y}', '$$', '*', 'otlp'),
    fc.string(),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('node'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).node

test('any tree in the file', () => {
  const file = join(folder, 'tree.yaml')
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...KEYS), tree, { noNullPrototype: true }), (content) => {
      // JSON is YAML.
      writeFileSync(file, JSON.stringify({ ...content, file_format: '1.0' }))
      const { lines, options } = read({ OTEL_CONFIG_FILE: file, X: 'x' })
      expect(options.sampling.sampler.type).toBeDefined()
      for (const line of lines) expect(line).toMatch(/^WAYBILL_[A-Z_]+: /)
      expect(({} as Record<string, unknown>)['otlp']).toBeUndefined()
    }),
    { numRuns: 300 },
  )
})

test('any text in the file', () => {
  const file = join(folder, 'text.yaml')
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'a: &a [*a]',
      '<<: *a',
      '? x',
      '- - -',
      '{[',
      '!!js/function x',
      '%YAML 9',
      '---',
      '...',
      '&x',
      '*x',
      "'",
      '"',
      '|',
      '>',
    ),
    fc.constantFrom(...KEYS).map((key) => `  ${key}:`),
  )
  fc.assert(
    fc.property(fc.array(line), fc.boolean(), (list, head) => {
      writeFileSync(file, `${head ? 'file_format: "1.0"\n' : ''}${list.join('\n')}`)
      expect(() => read({ OTEL_CONFIG_FILE: file })).not.toThrow()
    }),
    { numRuns: 300 },
  )
})

test.each([
  ['brackets', '['.repeat(200_000)],
  ['braces', 'a: {'.repeat(60_000)],
  ['dashes', `a:\n${'- '.repeat(120_000)}`],
  ['indentation', Array.from({ length: 600 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ['aliases', `a: &a [${'1,'.repeat(1000)}]\nb: [${'*a,'.repeat(50_000)}]`],
  ['keys', Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n')],
  ['variables', `a: "${'${X:-'.repeat(30_000)}"`],
  ['quotes', `a: "${'\\"'.repeat(100_000)}`],
])('a hostile file of %s is done with in time', (_, yaml) => {
  const file = join(folder, 'hostile.yaml')
  writeFileSync(file, `file_format: "1.0"\n${yaml}`)
  const start = performance.now()
  expect(read({ OTEL_CONFIG_FILE: file }).lines.length).toBeGreaterThan(0)
  expect(performance.now() - start).toBeLessThan(5000)
})
