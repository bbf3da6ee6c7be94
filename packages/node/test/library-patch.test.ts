import fs, { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { shareHooks, type OnLoaded } from '../src/integrations/library-hooks.ts'
import { PatchInstrumentation, type LibraryPatch } from '../src/integrations/library-patch.ts'
import { isInRange } from '../src/integrations/version-range.ts'

test.each([
  ['4.0.0', '>=4 <6', true],
  ['5.3.0', '>=4 <6', true],
  ['5.99.99+build.7', '>=4 <6', true],
  ['6.0.0', '>=4 <6', false],
  ['3.21.2', '>=4 <6', false],
  ['10.4.0', '>=7 <11', true],
  ['1.3.0', '>=1.3 <4', true],
  ['1.10.0', '>=1.3 <4', true],
  ['1.2.9', '>=1.3 <4', false],
  ['5.0.0-beta.1', '>=4 <6', false],
  ['latest', '>=4 <6', false],
  [undefined, '>=4 <6', false],
])('%s is in %s: %s', (version, range, expected) => {
  expect(isInRange(version, range)).toBe(expected)
})

let root: string
let said: string[]
/** What the hooks would call. */
let onLoaded: OnLoaded
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'library-patch-'))
  said = []
  jest.spyOn(fs, 'writeSync').mockImplementation((_, text) => said.push(String(text)))
  shareHooks((module, on) => {
    if (module === '@scope/store') onLoaded = on
  })
})
afterEach(() => {
  jest.restoreAllMocks()
  rmSync(root, { recursive: true })
})

/** The folder of a copy of the library. */
function copy(version: string): string {
  const folder = join(root, version)
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: '@scope/store', version }))
  return folder
}

const store = (more: Partial<LibraryPatch> = {}): LibraryPatch => ({
  name: 'store',
  module: '@scope/store',
  versions: '>=2 <4',
  patch: (exports) => ({ patched: exports }),
  ...more,
})

describe('a patch', () => {
  test('is for the main file in versions that are known; who debugs is told of others, once', () => {
    new PatchInstrumentation(store(), {}, true)
    const [two, four] = [copy('2.1.0'), copy('4.0.0')]
    expect(onLoaded('main', '@scope/store', two)).toEqual({ patched: 'main' })
    expect(onLoaded('inner', join('@scope/store', 'lib/inner.js'), two)).toBe('inner')
    expect(onLoaded('main', '@scope/store', four)).toBe('main')
    expect(onLoaded('main', '@scope/store', four)).toBe('main')
    expect(said).toEqual(['waybill: debug: @scope/store 4.0.0 is not traced: supported is >=2 <4.\n'])
  })

  test('is for the file that it names', () => {
    new PatchInstrumentation(store({ file: 'lib/inner.js' }), {})
    const folder = copy('3.0.0')
    expect(onLoaded('main', '@scope/store', folder)).toBe('main')
    expect(onLoaded('inner', join('@scope/store', 'lib/inner.js'), folder)).toEqual({ patched: 'inner' })
    expect(onLoaded('old', join('@scope/store', 'lib/inner.js'), copy('1.0.0'))).toBe('old')
    expect(said).toEqual([])
  })

  test('that throws leaves the library to the app, and is said once', () => {
    const patch = (): never => {
      throw new Error('no such store')
    }
    new PatchInstrumentation(store({ name: `store of ${root}`, patch }), {})
    const folder = copy('2.0.0')
    expect([onLoaded('main', '@scope/store', folder), onLoaded('main', '@scope/store', folder)]).toEqual([
      'main',
      'main',
    ])
    expect(said).toEqual([expect.stringMatching(/WAYBILL_INTEGRATION_FAILED.*cannot patch.*no such store/)])
  })
})

describe('as an instrumentation', () => {
  test('what is loaded while it is off is patched when it is on again', () => {
    const patched: unknown[] = []
    const patch = (exports: unknown): unknown => {
      patched.push(exports)
      return exports
    }
    const instrumentation = new PatchInstrumentation(store({ patch }), {})
    instrumentation.disable()
    expect(onLoaded('main', '@scope/store', copy('2.0.0'))).toBe('main')
    expect(patched).toEqual([])
    instrumentation.enable()
    expect(patched).toEqual(['main'])
  })

  test('it is configured when it is enabled, and again with each configuration', () => {
    const heard: unknown[] = []
    const instrumentation = new PatchInstrumentation(
      store({ configure: (config) => heard.push(config), disable: () => heard.push('off') }),
      { enabled: false },
    )
    instrumentation.enable()
    instrumentation.setConfig({ enabled: true })
    instrumentation.disable()
    instrumentation.setConfig({ enabled: false })
    expect(heard).toEqual([{ enabled: false }, { enabled: true }, 'off'])
    expect(instrumentation.getConfig()).toEqual({ enabled: false })
  })

  test('its telemetry is that of the provider it was given last', () => {
    const asked: unknown[] = []
    const provider = (which: string): never =>
      ({ getTracer: (...scope: unknown[]) => asked.push([which, ...scope]) }) as never
    const instrumentation = new PatchInstrumentation(store({ scope: ['@scope/tracing', '1.2.3'] }), {})
    instrumentation.setTracerProvider(provider('first'))
    instrumentation.setTracerProvider(provider('second'))
    expect(instrumentation.tracer).toBe(2)
    expect(asked).toEqual([
      ['first', '@scope/tracing', '1.2.3'],
      ['second', '@scope/tracing', '1.2.3'],
    ])
  })
})
