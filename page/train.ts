/** The view that trains: runs side by side in one plot, their samples and their weights. */
import type { ProgramGiven } from '../runtime/web/index.ts';
import { button, byId, element, say, thousands } from './elements.ts';
import { download, openFile, tooLarge } from './files.ts';
import { plotOf } from './plot.ts';
import { Run } from './run.ts';

/** What a page keeps of a text; larger ones are trained on in Node. */
const LONGEST_TEXT = 32 * 2 ** 20;
const SHIPPED = { name: 'Moby-Dick, first chapter', file: 'loomings.txt' };

export class Training {
  readonly #program: () => ProgramGiven;
  readonly #runs: Run[] = [];
  readonly #texts = new Map<string, string>();
  #started = 0;
  #waiting = false;

  constructor(program: () => ProgramGiven) {
    this.#program = program;
    byId('machine').textContent = crossOriginIsolated
      ? `WASM on ${navigator.hardwareConcurrency} threads. A run is in this page alone: nothing is sent anywhere.`
      : 'WASM on one thread, since this page is not cross-origin isolated. A run is in this page alone: nothing is sent anywhere.';
    const texts = byId<HTMLSelectElement>('texts');
    texts.append(element('option', { value: SHIPPED.name }, SHIPPED.name), element('option', { value: '' }, 'A file …'));
    texts.addEventListener('change', () => {
      if (texts.value === '') void this.#chooseText();
    });
    byId('settings').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#train();
    });
    byId('weights-open').addEventListener('click', () => void this.#openWeights());
  }

  /** A text to learn. */
  async take(file: File): Promise<void> {
    const large = tooLarge(file, LONGEST_TEXT);
    if (large !== undefined) {
      say(large);
      return;
    }
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
      const texts = byId<HTMLSelectElement>('texts');
      if (!this.#texts.has(file.name)) texts.prepend(element('option', { value: file.name }, file.name));
      this.#texts.set(file.name, text);
      texts.value = file.name;
      say(`${file.name}: ${thousands(text.length)} characters to learn`);
    } catch {
      say(`${file.name} is not UTF-8, so it is no text to learn; nothing was changed`);
    }
  }

  /** Weights that `save` gave. */
  async takeWeights(file: File): Promise<void> {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const run = this.#begin(file.name.replace(/\.safetensors$/, ''));
    const model = await run.load(bytes).catch((error: unknown) => say(`${file.name} was not opened: ${messageOf(error)}`));
    if (model) say(`${file.name}: ${model.name} with ${thousands(model.record.parameters.total)} parameters`);
  }

  async #chooseText(): Promise<void> {
    const texts = byId<HTMLSelectElement>('texts');
    texts.value = SHIPPED.name;
    const file = await openFile('.txt,text/*');
    if (file !== undefined) await this.take(file);
  }
  async #openWeights(): Promise<void> {
    const file = await openFile('.safetensors');
    if (file !== undefined) await this.takeWeights(file);
  }

  #begin(name: string): Run {
    const run = new Run(name, this.#started++, () => this.#later(), say);
    this.#runs.push(run);
    return run;
  }

  async #train(): Promise<void> {
    const program = this.#program();
    const number = (id: string) => byId<HTMLInputElement>(id).valueAsNumber;
    const settings = { steps: number('steps'), batch: number('batch'), rate: number('rate') };
    const chosen = byId<HTMLSelectElement>('texts').value;
    const run = this.#begin(program.variant ?? 'the model');
    try {
      const text = this.#texts.get(chosen) ?? (await shipped());
      await run.load(program);
      await run.train(text, settings);
    } catch (error) {
      say(`${run.name} was not trained: ${messageOf(error)}`);
    }
  }

  /** Steps come faster than anybody can see. */
  #later(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    setTimeout(() => {
      this.#waiting = false;
      this.#show();
    }, 100);
  }

  #show(): void {
    byId('plot').replaceChildren(plotOf(this.#runs.filter(({ points }) => points.length > 0)));
    const table = byId<HTMLTableElement>('runs');
    table.hidden = this.#runs.length === 0;
    const focused = document.activeElement?.getAttribute('aria-label');
    table.tBodies[0].replaceChildren(...this.#runs.map((run) => this.#row(run)));
    // Whoever uses the keyboard stays where they were.
    if (focused?.endsWith(')')) table.querySelector<HTMLElement>(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
  }

  #row(run: Run): HTMLTableRowElement {
    const { name, points, parameters, heldOut, perSecond, state, trouble, colour } = run;
    const number = (value: number | undefined, text: (value: number) => string) =>
      element('td', { class: 'number' }, value === undefined ? '' : text(value));
    const swatch = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    swatch.setAttribute('class', 'swatch');
    swatch.setAttribute('viewBox', '0 0 10 4');
    swatch.setAttribute('aria-hidden', 'true');
    const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    line.setAttribute('d', 'M0 2H10');
    line.setAttribute('class', `curve run-${colour % 6}`);
    swatch.append(line);
    const [step, loss] = points.at(-1) ?? [];
    return element(
      'tr',
      // All digits, for whoever compares runs.
      { 'data-state': state, ...(loss === undefined ? {} : { 'data-loss': String(loss) }) },
      element('td', {}, swatch, name),
      number(parameters, thousands),
      number(step, String),
      number(loss, (value) => value.toFixed(4)),
      number(heldOut, (value) => value.toFixed(4)),
      number(perSecond, (value) => thousands(Math.round(value))),
      element('td', {}, trouble === undefined ? state : `failed: ${trouble}`),
      element('td', {}, ...this.#buttons(run)),
    );
  }

  #buttons(run: Run): HTMLElement[] {
    const named = (words: string, press: () => void) => {
      const made = button(words, press);
      made.setAttribute('aria-label', `${words} (${run.name}, run ${run.colour + 1})`);
      return made;
    };
    const { state } = run;
    const goes = state === 'trains' || state === 'paused';
    const rests = state === 'finished' || state === 'stopped';
    return [
      ...(goes ? [named(state === 'paused' ? 'Resume' : 'Pause', () => run.pause()), named('Stop', () => run.stop())] : []),
      ...(rests ? [named('Sample', () => void this.#sample(run)), named('Save', () => void this.#save(run))] : []),
      ...(goes ? [] : [named('Remove', () => this.#remove(run))]),
    ];
  }

  async #sample(run: Run): Promise<void> {
    try {
      const text = await run.sample();
      const figure = byId('sample');
      figure.hidden = false;
      figure.querySelector('figcaption')!.textContent = `Written by ${run.name}`;
      figure.querySelector('pre')!.textContent = text;
    } catch (error) {
      say(messageOf(error));
    }
  }
  async #save(run: Run): Promise<void> {
    try {
      download(`${run.name}.safetensors`, await run.save());
      say(`${run.name}.safetensors: weights and program; "Open weights" and bondsmith generate read it`);
    } catch (error) {
      say(messageOf(error));
    }
  }
  #remove(run: Run): void {
    run.close();
    this.#runs.splice(this.#runs.indexOf(run), 1);
    this.#show();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function shipped(): Promise<string> {
  const answer = await fetch(new URL(SHIPPED.file, import.meta.url));
  if (!answer.ok) throw new Error(`${SHIPPED.file} cannot be read (${answer.status})`);
  return answer.text();
}
