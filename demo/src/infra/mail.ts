export interface ReceivedMail {
  /** The envelope: who really sent it to whom. */
  from: string
  to: string[]
  subject: string
  /** By lower-case name; the last of several counts. */
  headers: Record<string, string>
  /** The body as sent, quoted-printable undone. */
  text: string
}

/** Parse a plain-text mail (no attachments). */
export function parseMail(raw: string, envelope: { from: string; to: string[] }): ReceivedMail {
  const [head = '', ...rest] = raw.split(/\r?\n\r?\n/)
  const headers: Record<string, string> = {}
  // A line that begins with a blank goes on from the one before.
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  const body = rest.join('\n\n').trimEnd()
  const quoted = headers['content-transfer-encoding']?.toLowerCase() === 'quoted-printable'
  return {
    ...envelope,
    subject: headers['subject'] ?? '',
    headers,
    text: quoted ? unquote(body) : body,
  }
}

function unquote(body: string): string {
  const bytes = body
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
