/**
 * Node's HTTP modules without what an `import` of them costs: an ES module import reads every export, and some of them (`WebSocket`, `CloseEvent`) load a whole
 * second HTTP implementation, 8 MB in every process.
 */
export const http = process.getBuiltinModule('node:http');
export const https = process.getBuiltinModule('node:https');
