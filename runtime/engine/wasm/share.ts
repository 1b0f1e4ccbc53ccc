/** Why threads cannot share a memory here, if they cannot. */
export function cannotShare(): string | undefined {
  try {
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    if (!(buffer instanceof SharedArrayBuffer)) return 'memory cannot be shared';
    Atomics.wait(new Int32Array(buffer), 0, 0, 0);
    return undefined;
  } catch (error) {
    if (typeof SharedArrayBuffer === 'undefined') return 'memory cannot be shared; a page has to be cross-origin isolated';
    return `this thread may not wait for others (${error instanceof Error ? error.message : error}); a page has to open the engine in a worker`;
  }
}
