export const NAME = '@waybill/pino'
export const VERSION = '0.1.0'
