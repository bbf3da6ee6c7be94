/** A server with this property is Waybill's own: its requests make no spans and no metrics. */
export const UNTRACED: unique symbol = Symbol.for('waybill.untraced')
