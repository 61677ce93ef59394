// The server sends `htm/preact/standalone` under this name: one file with preact, its hooks and htm, so that the page needs no bundler and no import map.
export * from 'htm/preact';
