export { ActionError } from './actions/attempts.ts'
export type { RetryOptions } from './actions/attempts.ts'
export { action } from './actions/custom.ts'
export type { Action } from './actions/custom.ts'
export { email } from './actions/email.ts'
export type { EmailOptions, MailMessage, MailTransport } from './actions/email.ts'
export { webhook } from './actions/webhook.ts'
export type { WebhookOptions } from './actions/webhook.ts'
export { pipeline } from './pipeline.ts'
export type {
  ActionOutcome,
  Checkpoint,
  Condition,
  HandleOptions,
  Outcome,
  Pipeline,
  PipelineOptions,
  When,
} from './pipeline.ts'
export * from './semconv.ts'
export { notify, notifyAll } from './sources/notify.ts'
export type { Notification, QueryClient } from './sources/notify.ts'
export { listen } from './sources/postgres.ts'
export type { Listener, ListenClient, ListenOptions } from './sources/postgres.ts'
