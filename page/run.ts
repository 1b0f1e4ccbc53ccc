/** One run of a variant: a worker of its own, so that a run that fails or is killed takes no other with it. */
import type { Bondsmith, Measurement, ProgramGiven, WebModel } from '../runtime/web/index.ts';
import { Pause, start } from '../runtime/web/index.ts';

export interface RunSettings {
  readonly steps: number;
  readonly batch: number;
  readonly rate: number;
}
export type RunState = 'begins' | 'trains' | 'paused' | 'finished' | 'stopped' | 'failed';

/** What a run of the page is in words of `fit`. */
export function fitOptions({ steps, batch, rate }: RunSettings) {
  const config = { optimiser: { rate }, schedule: { kind: 'cosine', warmup: Math.min(20, steps) }, evaluate: { every: 50, rows: 64 } };
  return { steps, batch, config };
}

export class Run {
  readonly name: string;
  readonly colour: number;
  readonly points: [step: number, loss: number][] = [];
  state: RunState = 'begins';
  parameters: number | undefined;
  heldOut: number | undefined;
  perSecond: number | undefined;
  /** Why it failed. */
  trouble: string | undefined;
  readonly bondsmith: Bondsmith;
  readonly #changed: () => void;
  readonly #pause = new Pause();
  readonly #abort = new AbortController();
  #model: WebModel | undefined;

  constructor(name: string, colour: number, changed: () => void, tell: (words: string) => void) {
    this.name = name;
    this.colour = colour;
    this.#changed = changed;
    this.bondsmith = start({ tell, worker: ownWorker });
  }

  /** Draws first values, or takes those of a file, and waits for what is asked of it. */
  async load(given: ProgramGiven | Uint8Array): Promise<WebModel> {
    const model = await this.#tried(() => this.bondsmith.load(given));
    this.#model = model;
    this.parameters = model.record.parameters.total;
    this.#to('stopped');
    void this.bondsmith.ended.then(({ message }) => this.#fail(message));
    return model;
  }

  async train(text: string, settings: RunSettings): Promise<void> {
    const model = this.#model!;
    this.#to('trains');
    let unitsPerStep = 0;
    const { stopped } = await this.#tried(() =>
      model.fit(text, {
        ...fitOptions(settings),
        signal: this.#abort.signal,
        pause: this.#pause,
        onEvent: (event) => {
          if (event.is === 'begin') unitsPerStep = event.unitsPerStep;
          if (event.is === 'step') this.#measured(event.measurement, unitsPerStep);
        },
      }),
    );
    this.#to(stopped === 'interrupted' ? 'stopped' : 'finished');
  }

  pause(): void {
    this.#pause.on = this.state === 'trains';
    this.#to(this.#pause.on ? 'paused' : 'trains');
  }
  /** Ends the training; what was learnt stays. */
  stop(): void {
    this.#abort.abort();
  }
  sample(): Promise<string> {
    return this.#model!.generate({ length: 300, temperature: 0.8, seed: this.points.length + 1 });
  }
  save(): Promise<Uint8Array> {
    return this.#model!.save();
  }
  close(): void {
    this.bondsmith.close();
  }

  #measured({ step, loss, seconds, validation_loss: heldOut }: Measurement, unitsPerStep: number): void {
    this.points.push([step, loss]);
    if (heldOut !== undefined) this.heldOut = heldOut;
    this.perSecond = (step * unitsPerStep) / seconds;
    this.#changed();
  }
  #to(state: RunState): void {
    if (this.state === 'failed') return;
    this.state = state;
    this.#changed();
  }
  #fail(trouble: string): void {
    this.trouble ??= trouble;
    this.#to('failed');
  }
  async #tried<Value>(act: () => Promise<Value>): Promise<Value> {
    try {
      return await act();
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }
}

export const ownWorker = (): Worker => new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'bondsmith' });
