// Long enough that every SDK is up, then nothing keeps the process.
setTimeout(() => {}, 1200)
