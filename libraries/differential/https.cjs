const https = require('node:https')
const selfsigned = require('selfsigned')
const { clientSteps } = require('./client-steps.cjs')
const { serve } = require('./server.cjs')
const { close, listen, step } = require('./steps.cjs')

async function main() {
  const { private: key, cert } = selfsigned.generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 2, value: 'localhost' },
        ],
      },
    ],
  })
  const server = https.createServer({ key, cert }, serve)
  const port = await listen(server)
  const base = `https://127.0.0.1:${port}`
  await clientSteps(https, base, { ca: cert })
  await step('not trusted', () => new Promise((resolve) => https.get(`${base}/ok`).on('error', resolve)))
  await close(server)
}

void main()
