/** The views that say what a program is: its networks and counts, its plans, its code. They follow the text, the variant and the cursor. */
import type { Around, Explained, ProgramGiven } from '../runtime/web/index.ts';
import { Refused, start } from '../runtime/web/index.ts';
import { byId, element, say, thousands } from './elements.ts';
import { pictureOf } from './picture.ts';
import { ownWorker } from './run.ts';

const stages: ReadonlyMap<string, string> = new Map([
  ['pytorch', 'PyTorch'],
  ['wat', 'WebAssembly text'],
  ['wgsl', 'WGSL for WebGPU'],
  ['kernels', 'kernels and launches'],
  ['program', 'the program of the step'],
  ['check', 'the resolved model'],
]);
const percent = (part: number, whole: number): string => (whole === 0 ? '-' : `${((100 * part) / whole).toPrecision(3)} %`);

export class Explaining {
  readonly #program: () => ProgramGiven;
  readonly #bondsmith = start({ worker: ownWorker, threads: 1, tell: say });
  #shown: { readonly program: ProgramGiven; readonly explained: Explained } | undefined;
  /** The latest question; answers to those before it are not shown. */
  #asked = 0;
  #path: string | undefined;

  constructor(program: () => ProgramGiven) {
    this.#program = program;
    const select = byId<HTMLSelectElement>('stages');
    for (const [value, words] of stages) select.append(element('option', { value }, words));
    select.addEventListener('change', () => void this.code());
    byId('copy').addEventListener('click', () => void this.#copy());
    void this.#bondsmith.ended.then(({ message }) => say(`${message}; reload the page`));
  }

  /** Names that a text declares, as far as it can be read. */
  check(program: ProgramGiven) {
    return this.#bondsmith.check(program);
  }
  around(program: ProgramGiven, offset: number): Promise<Around> {
    return this.#bondsmith.around(program, offset);
  }

  /** Everything of the present program; a refused one leaves what was shown before. */
  async show(): Promise<void> {
    const asked = ++this.#asked;
    const program = this.#program();
    try {
      const explained = await this.#bondsmith.explain(program);
      if (asked !== this.#asked) return;
      this.#shown = { program, explained };
      this.#counts(explained);
      this.#plans(explained);
      await Promise.all([this.draw(this.#path), this.code()]);
      byId('views').removeAttribute('aria-busy');
    } catch (error) {
      // What is wrong stands beside the text.
      if (!(error instanceof Refused) && asked === this.#asked) say(error instanceof Error ? error.message : String(error));
    }
  }

  /** The network of a weight; of the first one that is a network where none is said. */
  async draw(path: string | undefined): Promise<void> {
    if (this.#shown === undefined) return;
    const { program, explained } = this.#shown;
    const networks = explained.record.weights.filter(({ topology }) => topology !== 'dense');
    const found = networks.find((weight) => weight.path === path) ?? networks[0];
    this.#path = found?.path;
    const drawings = found === undefined ? [] : await this.#bondsmith.draw(program, found.path);
    if (program !== this.#shown.program) return;
    const picture = byId('picture');
    if (found === undefined)
      picture.replaceChildren(element('p', { class: 'about' }, 'All weights are dense: there is no network to draw.'));
    else picture.replaceChildren(element('p', {}, element('strong', {}, found.path)), ...drawings.map(pictureOf));
    for (const row of byId<HTMLTableElement>('weights').tBodies[0].rows)
      row.setAttribute('aria-current', String(row.dataset.paths?.split(' ').includes(found?.path ?? '') ?? false));
  }

  /** One stage as text, where its view is open: it takes longer than the rest. */
  async code(): Promise<void> {
    if (this.#shown === undefined || byId('output').hidden) return;
    const { program } = this.#shown;
    const stage = byId<HTMLSelectElement>('stages').value;
    const text = await this.#bondsmith
      .print(program, stage)
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (program === this.#shown.program && stage === byId<HTMLSelectElement>('stages').value) byId('code').textContent = text;
  }

  #counts({ record: { parameters, weights, name } }: Explained): void {
    const { total, trainable, dense } = parameters;
    byId('totals').textContent =
      `${name}: ${thousands(total)} parameters, ${thousands(trainable)} trained; dense ${thousands(dense)} (${percent(total, dense)})`;
    const alike = Map.groupBy(weights, ({ path: _, ...rest }) => JSON.stringify(rest));
    const rows = [...alike.values()].map((group) => {
      const [{ path, topology, shape, factors, bonds, parameters: own }] = group;
      const entries = shape.reduce((product, size) => product * size, 1);
      const network =
        topology === 'dense' ? 'dense' : `${topology}[${factors.map((list) => list.join('*')).join(', ')}](${bonds.join(', ')})`;
      const more = group.length === 1 ? '' : ` and ${group.length - 1} more`;
      const row = element(
        'tr',
        {},
        element('td', {}, `${path} [${shape.join(', ')}]${more}`),
        element('td', {}, network),
        element('td', { class: 'number' }, thousands(own)),
        element('td', { class: 'number' }, percent(own, entries)),
      );
      row.dataset.paths = group.map((each) => each.path).join(' ');
      return row;
    });
    byId<HTMLTableElement>('weights').tBodies[0].replaceChildren(...rows);
  }

  #plans({ planText, refused, sizes }: Explained): void {
    const given = Object.entries(sizes).map(([name, size]) => `${name} ${size}`);
    const nothing = refused === undefined ? 'Nothing to plan: no weight is a network.' : `Not planned at ${given.join(', ')}: ${refused}`;
    byId('plans').textContent = planText === '' ? nothing : planText;
  }

  async #copy(): Promise<void> {
    await navigator.clipboard.writeText(byId('code').textContent ?? '').then(
      () => say('copied'),
      () => say('this browser does not let the page copy; select the text'),
    );
  }
}
