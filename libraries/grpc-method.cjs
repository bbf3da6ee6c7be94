const passOn = (buffer) => buffer

/** The definition of a method of the service `shop.Items`, whose messages are bytes. */
module.exports = (name, requestStream = false, responseStream = false) =>
  Object.freeze({
    path: `/shop.Items/${name}`,
    requestStream,
    responseStream,
    requestSerialize: passOn,
    requestDeserialize: passOn,
    responseSerialize: passOn,
    responseDeserialize: passOn,
  })
