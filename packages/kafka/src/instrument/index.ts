export { KafkaJsInstrumentation } from './kafkajs.ts'
export type { KafkaJsInstrumentationConfig } from './kafkajs.ts'
