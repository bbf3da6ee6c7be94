import { BENCHES, readCommand } from '../command.ts'

test('a benchmark by its name, with what is asked for', () => {
  const args = [
    'export',
    '--rounds',
    '5',
    '--json',
    'f.json',
    '--peers',
    'upstream',
    '--scenario',
    'grpc',
    '--source',
  ]
  expect(readCommand(args)).toEqual({
    name: 'export',
    bench: BENCHES['export'],
    peers: ['upstream'],
    rounds: 5,
    json: 'f.json',
    scenario: 'grpc',
    source: true,
  })
  expect(readCommand(['loss'])).toMatchObject({
    name: 'loss',
    peers: undefined,
    rounds: undefined,
    source: false,
  })
  expect(readCommand(['loss', '--peers', 'none'])).toMatchObject({ peers: [] })
  expect(readCommand(['--list'])).toBeUndefined()
})

test.each([
  [[], 'which? startup, request, export, loss'],
  [['exprot'], 'no benchmark exprot; known are startup, request, export, loss'],
  [['toString'], 'no benchmark toString'],
  [['loss', 'export'], 'export is too much'],
  [['loss', '--rounds', '0'], '--rounds is a number from 1 on, not 0'],
  [['loss', '--peers', 'upstream,nobody'], 'no peer nobody; known are upstream, '],
  [['loss', '--peer', 'none'], "Unknown option '--peer'"],
])('%j is refused with what would be right', (args, message) => {
  expect(() => readCommand(args)).toThrow(message)
})

test.each(Object.keys(BENCHES))('%s can be loaded', async (name) => {
  const bench = await BENCHES[name]!.load()
  expect(bench.rounds).toBeGreaterThan(0)
})
