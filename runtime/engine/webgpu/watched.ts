/** What goes wrong on a device is told beside the calls: it is kept here until somebody waits for a result. */
import { BondsmithError } from '../../../grammar/error.ts';

const INSTEAD = 'what was saved goes on with train --resume RUN --engine wasm';

export class Watched {
  readonly #device: GPUDevice;
  readonly #told = ({ error }: GPUUncapturedErrorEvent): void => {
    const what =
      typeof GPUOutOfMemoryError === 'function' && error instanceof GPUOutOfMemoryError ? 'has no memory left' : 'refuses a call';
    this.#trouble ??= new BondsmithError('gpu', `the GPU ${what}: ${error.message.split('\n')[0]}; ${INSTEAD}`);
  };
  #trouble: BondsmithError | undefined;
  #ended = false;

  constructor(device: GPUDevice) {
    this.#device = device;
    device.addEventListener('uncapturederror', this.#told);
    device.lost.then(({ reason, message }) => {
      if (this.#ended) return;
      this.#trouble = new BondsmithError('gpu', `the GPU was lost (${message || reason}); ${INSTEAD}`);
    });
  }

  /** What is waited for, or what went wrong before it came. */
  async after<Result>(work: Promise<Result>): Promise<Result> {
    try {
      const result = await work;
      if (this.#trouble !== undefined) throw this.#trouble;
      return result;
    } catch (error) {
      // A lost device also refuses what waits for it, in words of its own, and says so first.
      await undefined;
      throw this.#trouble ?? error;
    }
  }

  end(): void {
    this.#ended = true;
    this.#device.removeEventListener('uncapturederror', this.#told);
  }
}
