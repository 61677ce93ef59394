/** A server that takes what shippers send, counts it and throws it away. */
export interface CountingSink {
  /** Log lines that arrived. */
  readonly items: number;
  /** Bytes of bodies. */
  readonly bytes: number;
  /** Called with each body before it is answered. */
  onBody: ((body: Buffer) => void) | undefined;
  /** Resolves with the URL it listens at. */
  listen(): Promise<string>;
  close(): Promise<void>;
}
