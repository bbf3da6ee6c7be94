import { trace, type Span } from '@opentelemetry/api'
import {
  bounded,
  countRecipients,
  DELIVERY_STATUS,
  EMAIL_MESSAGE_ID,
  RECIPIENT_COUNT,
  serverAttributes,
  TEMPLATE_NAME,
} from '../semconv.ts'
import { ActionError, retrying, type RetryOptions } from './attempts.ts'
import type { Action } from './custom.ts'

/** The part of a nodemailer transporter that is used. */
export interface MailTransport<M> {
  sendMail(message: M): Promise<unknown>
}

/** The part of a nodemailer message that is looked at; the rest is handed on as it is. */
export interface MailMessage {
  from?: string
  to?: string | string[]
  cc?: string | string[]
  bcc?: string | string[]
  subject?: string
  text?: string
  html?: string
}

export interface EmailOptions<E, M extends object = MailMessage> {
  name: string
  /** A nodemailer transporter. */
  transport: MailTransport<M>
  /** The name of the text that is sent, for spans. */
  template?: string
  message: (event: E) => M | Promise<M>
  retry?: RetryOptions
}

/**
 * An action that sends a mail by nodemailer. Spans say how many recipients and what became of it, never
 * addresses, subject or text.
 *
 * @throws RangeError when an option of `retry` is out of range
 */
export function email<E, M extends object = MailMessage>({
  name,
  transport,
  template,
  message: makeMessage,
  retry,
}: EmailOptions<E, M>): Action<E> {
  const tryAgain = retrying(trace.getTracer('@waybill/pipeline'), retry)
  const server = serverAttributes(serverOf(transport))

  async function run(event: E, span: Span): Promise<void> {
    if (template !== undefined) span.setAttribute(TEMPLATE_NAME, template)
    const message = await makeMessage(event)
    span.setAttribute(RECIPIENT_COUNT, countRecipients(message))
    try {
      const info = (await tryAgain({
        name: 'send email',
        attributes: () => server,
        run: () => send(message),
      })) as SentInfo
      span.setAttribute(DELIVERY_STATUS, 'sent')
      if (typeof info?.messageId === 'string') span.setAttribute(EMAIL_MESSAGE_ID, bounded(info.messageId))
    } catch (error) {
      span.setAttribute(DELIVERY_STATUS, isRefusal(error) ? 'rejected' : 'failed')
      throw error
    }
  }

  async function send(message: M): Promise<unknown> {
    try {
      return await transport.sendMail(message)
    } catch (error) {
      // The server's words quote addresses, so only its codes are passed on.
      const code = failureCode(error as MailError)
      throw new ActionError(`email ${name}: ${code}`, { code, transient: isTransient(error), cause: error })
    }
  }

  return { name, type: 'email', run }
}

interface SentInfo {
  messageId?: unknown
}

interface MailError {
  /** nodemailer's: ECONNECTION, EAUTH, EENVELOPE … */
  code?: unknown
  /** The SMTP reply code: from 500 up the server's no is final. */
  responseCode?: unknown
  /** The system's code where nodemailer's is ESOCKET. */
  originalCode?: unknown
}

const CONNECTION = new Set([
  'ECONNECTION',
  'ECONNREFUSED',
  'ECONNRESET',
  'EDNS',
  'EPROXY',
  'ESOCKET',
  'ETIMEDOUT',
])

function isTransient(error: unknown): boolean {
  const { code, responseCode } = error as MailError
  if (typeof responseCode === 'number') return responseCode >= 400 && responseCode < 500
  return typeof code === 'string' && CONNECTION.has(code)
}

function isRefusal(error: unknown): boolean {
  const { responseCode, code } = ((error as Error).cause ?? {}) as MailError
  return typeof responseCode === 'number' && responseCode >= 500 && code !== 'EAUTH'
}

function failureCode({ code, responseCode, originalCode }: MailError): string {
  if (typeof responseCode === 'number') return String(responseCode)
  if (typeof originalCode === 'string') return originalCode
  return typeof code === 'string' ? code : 'Error'
}

/** Host and port of an SMTP transport, which nodemailer has worked out of a connection string, too. */
function serverOf(transport: object): { host?: unknown; port?: unknown } | undefined {
  return (transport as { transporter?: { options?: { host?: unknown; port?: unknown } } }).transporter
    ?.options
}
