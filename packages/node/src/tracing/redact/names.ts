// Names that tell that a value is a secret. Compared in lower case, without `-` and `_`.

/** Query parameters. */
const PARAMETERS = new Set(
  [
    ['sig', 'signature', 'token', 'key', 'code', 'auth', 'authorization', 'bearer', 'jwt', 'assertion'],
    ['pass', 'passphrase', 'password', 'passwd', 'pwd', 'secret', 'credential', 'credentials', 'otp', 'pin'],
    [
      'awsaccesskeyid',
      'accesskeyid',
      'googleaccessid',
      'session',
      'sessionid',
      'jsessionid',
      'phpsessid',
      'sid',
    ],
  ].flat(),
)
/** Ends of them: `access_token`, `X-Amz-Signature`, `client_secret`, `subscription-key`. */
const ENDINGS = [
  'token',
  'signature',
  'secret',
  'password',
  'passwd',
  'apikey',
  'accesskey',
  'privatekey',
  'secretkey',
  'subscriptionkey',
  'credential',
]

/** Headers, and fields of a structured log, that hold nothing but a secret. */
const FIELDS = new Set(
  [
    ['authorization', 'proxyauthorization', 'cookie', 'setcookie', 'xapikey', 'apikey', 'xauthtoken'],
    ['xcsrftoken', 'xxsrftoken', 'xaccesstoken', 'xamzsecuritytoken', 'xgoogapikey', 'xvaulttoken'],
    [
      'password',
      'passwd',
      'passphrase',
      'secret',
      'clientsecret',
      'privatekey',
      'accesstoken',
      'refreshtoken',
    ],
    ['idtoken', 'secretaccesskey', 'awssecretaccesskey', 'jwt'],
  ].flat(),
)

/** Longer names are nobody's. */
const MAX_NAME = 128
/** Names met so far; an app has few, an attacker any number. */
const known = new Map<string, boolean>()
const MAX_KNOWN = 1000

/**
 * Is `name` the name of a sensitive query parameter? Also `user[password]`, `auth.token`, and percent-encoded.
 *
 * @param more names that are sensitive too, normalized
 */
export function isSensitiveParameter(name: string, more: ReadonlySet<string>): boolean {
  if (name.length > MAX_NAME) return false
  let sensitive = known.get(name)
  if (sensitive === undefined) {
    sensitive = isSensitive(name, NONE)
    if (known.size < MAX_KNOWN) known.set(name, sensitive)
  }
  return sensitive || (more.size > 0 && isSensitive(name, more))
}

const NONE: ReadonlySet<string> = new Set()

function isSensitive(name: string, more: ReadonlySet<string>): boolean {
  const plain = normalize(name.includes('%') ? decoded(name) : name)
  const last = lastPart(plain)
  if (PARAMETERS.has(last) || more.has(last) || more.has(plain)) return true
  for (const ending of ENDINGS) if (last.endsWith(ending)) return true
  return false
}

/** Does an attribute's last part name a credential: `http.request.header.authorization`, `req.headers.cookie`? */
export function isSecretField(key: string): boolean {
  return FIELDS.has(normalize(key.slice(key.lastIndexOf('.') + 1)))
}

export function normalize(name: string): string {
  return name.toLowerCase().replace(/[-_+\s]/g, '')
}

function lastPart(name: string): string {
  const end = name.endsWith(']') ? name.length - 1 : name.length
  let start = end
  while (start > 0 && !'[].'.includes(name[start - 1]!)) start--
  return name.slice(start, end)
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
