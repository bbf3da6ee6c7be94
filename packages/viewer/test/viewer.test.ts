import { createServer, type AddressInfo, type Server } from 'node:net'
import { startViewer } from '../src/index.ts'
import { isLoopback, isLoopbackHostHeader } from '../src/receive/host.ts'

const blockers: Server[] = []
afterEach(() => {
  for (const blocker of blockers.splice(0)) blocker.close()
})

async function takenPort(): Promise<number> {
  const server = createServer()
  blockers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

test.each(['grpcPort', 'httpPort'] as const)('%s in use: one error that says what to do', async (option) => {
  const port = await takenPort()
  const starting = startViewer({ grpcPort: 0, httpPort: 0, [option]: port })
  await expect(starting).rejects.toMatchObject({
    code: 'EADDRINUSE',
    message: expect.stringMatching(`^port ${port} on 127.0.0.1 is in use.*${option}`),
  })
})

test('a receiver that did start is closed when the other cannot', async () => {
  const [httpPort, free] = [await takenPort(), await takenPort()]
  await new Promise((resolve) => blockers.pop()?.close(resolve))
  await expect(startViewer({ grpcPort: free, httpPort })).rejects.toThrow('is in use')
  const viewer = await startViewer({ grpcPort: free, httpPort: 0 })
  expect(viewer.grpcUrl).toBe(`http://127.0.0.1:${free}`)
  await viewer.close()
  await viewer.close()
})

test('addresses that other machines reach are refused, unless they are asked for', async () => {
  for (const host of ['0.0.0.0', '::', '192.168.1.5', 'example.org']) {
    await expect(startViewer({ grpcPort: 0, httpPort: 0, host })).rejects.toThrow('allowRemote')
  }
})

test('options that make no sense are refused', async () => {
  await expect(startViewer({ grpcPort: 70_000 })).rejects.toThrow('grpcPort must be')
  await expect(startViewer({ grpcPort: 0, httpPort: 1.5 })).rejects.toThrow('httpPort must be')
})

test('names of this machine', () => {
  expect(['localhost', 'LOCALHOST', '127.0.0.1', '127.1.2.3', '::1', '[::1]'].map(isLoopback)).not.toContain(
    false,
  )
  const others = [
    '127.0.0.1.nip.io',
    'localhost.evil.example',
    '10.0.0.1',
    '128.0.0.1',
    '',
    '127.evil.example',
  ]
  expect(others.map(isLoopback)).not.toContain(true)
  expect(['localhost:4318', '127.0.0.1', '[::1]:4318'].map(isLoopbackHostHeader)).not.toContain(false)
  const headers = ['evil.example', 'localhost:80:90', 'localhost@evil.example', '[::1', undefined]
  expect(headers.map(isLoopbackHostHeader)).not.toContain(true)
})
