import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CODES, readBoolean, readEnum, readList, readNumber } from '../src/index.ts'

const core = join(__dirname, '../src/index.ts')

/** What a process prints on stderr that runs `code` with everything of core imported as `core`. */
function stderrOf(code: string): string {
  const script = `import * as core from ${JSON.stringify(core)}; ${code}`
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).stderr
}

test('a problem is one line, said once, and cannot be made to look like more', () => {
  expect(
    stderrOf(
      `core.report('WAYBILL_BAD_VALUE', 'x\\nwaybill: forged \\u001b[31m'); core.report('WAYBILL_BAD_VALUE', 'again', 'k'); core.report('WAYBILL_BAD_VALUE', 'again', 'k')`,
    ),
  ).toBe('waybill: WAYBILL_BAD_VALUE: x�waybill: forged �[31m\nwaybill: WAYBILL_BAD_VALUE: again\n')
})

test('what our code throws never reaches the app', () => {
  expect(
    stderrOf(
      `if (core.guard('the hook', () => { throw new Error('inside') }, 'fallback') !== 'fallback') process.exit(9)`,
    ),
  ).toMatch(/^waybill: WAYBILL_INTERNAL: the hook: Error: inside .*\n$/)
})

test('a closed stderr is survived', () => {
  const script = `import { say } from ${JSON.stringify(core)}; say('x'); console.log('alive')`
  const shell = `"$0" --input-type=module -e "$1" 2>&-`
  expect(execFileSync('sh', ['-c', shell, process.execPath, script], { encoding: 'utf8' })).toBe('alive\n')
})

describe('readers', () => {
  test('good values', () => {
    const env = { B: 'TRUE', N: ' 0.25 ', E: 'two', L: 'a, b,,a' }
    expect(readBoolean(env, 'B', false)).toBe(true)
    expect(readNumber(env, 'N', 1, { integer: false })).toBe(0.25)
    expect(readEnum(env, 'E', ['one', 'two'], 'one')).toBe('two')
    expect(readList(env, 'L')).toEqual(['a', 'b'])
    expect(readList({ L: ' ' }, 'L')).toBeUndefined()
  })

  test('a bad value: one line that says what, where from, and what is used instead', () => {
    const line = stderrOf(`core.readNumber({ N: '-3' }, 'N', 128); core.readBoolean({ B: 'yes' }, 'B', true)`)
    expect(line.trim().split('\n')).toEqual([
      `waybill: WAYBILL_BAD_VALUE: N=-3 is not from 0 to ${Number.MAX_SAFE_INTEGER}. Used instead: 128.`,
      'waybill: WAYBILL_BAD_VALUE: B=yes is neither true nor false. Used instead: true.',
    ])
  })
})

test('every code has its heading in the docs', () => {
  const page = readFileSync(join(__dirname, '../../../docs/reference/problems.md'), 'utf8')
  const headings = [...page.matchAll(/^## (WAYBILL_\w+)$/gm)].map(([, code]) => code)
  expect(new Set(headings)).toEqual(new Set(CODES))
})
