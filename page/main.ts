/** The page: one text, the views that follow it, and the address that keeps it. */
import type { EditorView } from '@codemirror/view';
import type { ProgramGiven } from '../runtime/web/index.ts';
import { formatDocument, openEditor, replaceText } from './editor.ts';
import { button, byId, element, say } from './elements.ts';
import { Explaining } from './explain.ts';
import { download, openFile, tooLarge } from './files.ts';
import { isolate } from './isolate.ts';
import { Language } from './language.ts';
import { programs } from './programs.ts';
import { linkTo, readLink } from './share.ts';
import { openTabs } from './tabs.ts';
import { Training } from './train.ts';

/** Of a program, as the language takes them. */
const LONGEST_PROGRAM = 2 ** 20;
/** Milliseconds of rest before the views and the address follow the text. */
const PAUSE = 250;

const state: { file: string; text: string; variant: string | undefined; set: Record<string, number> } = {
  file: 'program.bond',
  text: '',
  variant: undefined,
  set: {},
};
const program = (): ProgramGiven => {
  const { file, text, variant, set } = state;
  return { file, text, ...(variant === undefined ? {} : { variant }), set: { ...set } };
};

const language = new Language({ uri: 'file:///program.bond', say, tell: showMistakes });
const explaining = new Explaining(program);
const training = new Training(program);
let view: EditorView;
let resting: ReturnType<typeof setTimeout> | undefined;
let moving: ReturnType<typeof setTimeout> | undefined;

function showMistakes({ errors, warnings, first }: { errors: number; warnings: number; first?: string }): void {
  const count = (many: number, what: string) => (many === 0 ? [] : [`${many} ${what}${many === 1 ? '' : 's'}`]);
  const found = [...count(errors, 'error'), ...count(warnings, 'warning')];
  const mistakes = byId('mistakes');
  mistakes.classList.toggle('wrong', errors > 0);
  mistakes.textContent = found.length === 0 ? 'No mistakes.' : `${found.join(', ')}. ${first ?? ''}`;
}

function changed(text: string): void {
  state.text = text;
  clearTimeout(resting);
  resting = setTimeout(() => void follow(), PAUSE);
}

/** Which names there are, what they are, and the address. */
async function follow(): Promise<void> {
  const { models, variants } = await explaining.check({ file: state.file, text: state.text });
  const names = [...variants, ...models];
  const select = byId<HTMLSelectElement>('variants');
  // A text that cannot be read at the moment keeps its choice.
  if (names.length > 0) {
    if (state.variant === undefined || !names.includes(state.variant)) choose(names[0]);
    select.replaceChildren(...names.map((name) => element('option', { value: name }, name)));
    select.value = state.variant ?? '';
  }
  await Promise.all([showOptions(), explaining.show()]);
  await keepInAddress();
}

function choose(variant: string | undefined): void {
  state.variant = variant;
  state.set = {};
}

async function keepInAddress(): Promise<void> {
  const { text, file, variant } = state;
  const shipped = programs.get(file.replace(/\.bond$/, ''))?.text === text;
  const hash = shipped ? `#${file.replace(/\.bond$/, '')}` : await linkTo({ text, file, ...(variant === undefined ? {} : { variant }) });
  history.replaceState(null, '', hash);
}

/** A slider for each number that the variant declares. */
async function showOptions(): Promise<void> {
  const declared = new RegExp(`\\b(?:model|variant)\\s+${state.variant ?? ''}\\b`).exec(state.text);
  const { options } = declared === null ? { options: [] } : await explaining.around(program(), declared.index);
  const fields = options.map(({ name, value }) => {
    const now = state.set[name] ?? value;
    const input = element('input', {
      type: 'range',
      min: '1',
      max: String(Math.max(8, 4 * value)),
      value: String(now),
      'aria-label': name,
    });
    const shown = element('output', {}, String(now));
    input.addEventListener('input', () => (shown.textContent = input.value));
    input.addEventListener('change', () => {
      state.set[name] = input.valueAsNumber;
      void explaining.show();
    });
    return element('label', {}, name, input, shown);
  });
  const options_ = byId<HTMLFieldSetElement>('options');
  options_.hidden = fields.length === 0;
  options_.replaceChildren(element('legend', {}, `Options of ${state.variant ?? ''}`), ...fields);
}

/** The picture goes with the cursor, and the variant with it. */
function moved(offset: number): void {
  clearTimeout(moving);
  moving = setTimeout(async () => {
    const { name, kind, weights } = await explaining.around({ file: state.file, text: state.text }, offset);
    const known = [...byId<HTMLSelectElement>('variants').options].some(({ value }) => value === name);
    if (kind === 'variant' && name !== undefined && known && name !== state.variant) {
      choose(name);
      byId<HTMLSelectElement>('variants').value = name;
      await Promise.all([showOptions(), explaining.show()]);
    }
    if (weights.length > 0) await explaining.draw(weights[0]);
  }, PAUSE);
}

function openText(text: string, file: string, variant?: string): void {
  state.file = file;
  choose(variant);
  replaceText(view, text);
}

/** What lies behind `#`: a program of ours by its name, or one that somebody shared. */
async function openAddress(): Promise<void> {
  try {
    const shared = await readLink(location.hash);
    if (shared !== undefined) {
      openText(shared.text, shared.file, shared.variant);
      return;
    }
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
  const name = location.hash.slice(1);
  const known = programs.has(name) ? name : 'mpo';
  byId<HTMLSelectElement>('programs').value = known;
  openText(programs.get(known)!.text, `${known}.bond`);
}

async function take(file: File): Promise<void> {
  if (file.name.endsWith('.safetensors')) await training.takeWeights(file);
  else if (!file.name.endsWith('.bond')) await training.take(file);
  else {
    const large = tooLarge(file, LONGEST_PROGRAM);
    if (large === undefined) openText(await file.text(), file.name);
    say(large ?? `${file.name} was opened`);
  }
}

async function showActions(): Promise<void> {
  const found = await language.actionsAt(view);
  if (found.length === 0) {
    say('nothing to do here: put the cursor on a mistake, a decompose statement or a product');
    return;
  }
  const dialog = byId<HTMLDialogElement>('choices');
  const entries = found.map((action) =>
    element(
      'li',
      {},
      button(action.title, () => {
        dialog.close();
        language.apply(view, action);
      }),
    ),
  );
  dialog.querySelector('ul')!.replaceChildren(...entries);
  dialog.showModal();
}

function listen(): void {
  const select = byId<HTMLSelectElement>('programs');
  for (const [name, { title }] of programs) select.append(element('option', { value: name }, title));
  select.addEventListener('change', () => openText(programs.get(select.value)!.text, `${select.value}.bond`));
  byId<HTMLSelectElement>('variants').addEventListener('change', ({ target }) => {
    choose((target as HTMLSelectElement).value);
    void follow();
  });
  byId('format').addEventListener('click', () => formatDocument(view));
  byId('actions').addEventListener('click', () => void showActions());
  byId('open').addEventListener('click', async () => {
    const file = await openFile('.bond,.txt,.safetensors');
    if (file !== undefined) await take(file);
  });
  byId('save').addEventListener('click', () => download(state.file, state.text));
  byId('share').addEventListener('click', async () => {
    const { text, file, variant } = state;
    history.replaceState(null, '', await linkTo({ text, file, ...(variant === undefined ? {} : { variant }) }));
    await navigator.clipboard.writeText(location.href).then(
      () => say('the address holds the program, and was copied'),
      () => say('the address holds the program'),
    );
  });
  addEventListener('hashchange', () => void openAddress());
  addEventListener('dragover', (event) => {
    event.preventDefault();
    document.body.classList.add('dropping');
  });
  addEventListener('dragleave', () => document.body.classList.remove('dropping'));
  addEventListener('drop', (event) => {
    event.preventDefault();
    document.body.classList.remove('dropping');
    const [file] = event.dataTransfer?.files ?? [];
    if (file !== undefined) void take(file);
  });
  openTabs((tab) => {
    if (tab === 'output') void explaining.code();
  });
}

if (!(await isolate())) {
  view = openEditor({ parent: byId('editor'), language, changed, moved, actions: () => void showActions() });
  listen();
  await openAddress();
}
