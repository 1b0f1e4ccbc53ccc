/** The page's end of the language server: what it says of the text as errors with their fixes, and a new server where one does not answer. */

import type { Action, Diagnostic } from '@codemirror/lint';
import { setDiagnostics } from '@codemirror/lint';
import { LSPClient, LSPPlugin } from '@codemirror/lsp-client';
import type { Extension } from '@codemirror/state';
import { type EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view';
import type * as lsp from 'vscode-languageserver-protocol';
import { bond } from './highlight.ts';
import { safeHtml } from './safe-html.ts';

/** Milliseconds after the last letter that the server is told of it. */
const PAUSE = 30;
/** After which a server that does not answer is ended. */
const PATIENCE = 10_000;

export interface Told {
  /** Mistakes of the present text. */
  readonly errors: number;
  readonly warnings: number;
  readonly first?: string;
}
export interface LanguageOptions {
  readonly uri: string;
  tell(told: Told): void;
  say(words: string): void;
}

type Publish = lsp.PublishDiagnosticsParams;
const severities = ['error', 'error', 'warning', 'info', 'hint'] as const;

export class Language {
  readonly client: LSPClient;
  readonly #options: LanguageOptions;
  #worker: Worker | undefined;
  #waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LanguageOptions) {
    this.#options = options;
    this.client = new LSPClient({
      timeout: PATIENCE,
      sanitizeHTML: safeHtml,
      highlightLanguage: (name) => (name === 'bond' ? bond : null),
      notificationHandlers: {
        'textDocument/publishDiagnostics': (_, params: Publish) => this.#published(params),
        'window/showMessage': (_, { message }: lsp.ShowMessageParams) => {
          options.say(message);
          return true;
        },
      },
    });
    this.#start();
  }

  /** For an editor: tells the server of changes soon after they are made. */
  get extension(): Extension {
    const language = this;
    const telling = ViewPlugin.fromClass(
      class {
        timer: ReturnType<typeof setTimeout> | undefined;
        update(update: ViewUpdate) {
          if (!update.docChanged) return;
          clearTimeout(this.timer);
          this.timer = setTimeout(() => {
            language.client.sync();
            language.#expect();
          }, PAUSE);
        }
        destroy() {
          clearTimeout(this.timer);
        }
      },
    );
    return [this.client.plugin(this.#options.uri, 'bond'), telling];
  }

  /** What can be done about the selection. */
  async actionsAt(view: EditorView): Promise<lsp.CodeAction[]> {
    const plugin = LSPPlugin.get(view);
    if (plugin === null) return [];
    this.client.sync();
    const { from, to } = view.state.selection.main;
    return this.#ask(plugin, { start: plugin.toPosition(from), end: plugin.toPosition(to) }, []);
  }

  apply(view: EditorView, { edit, title }: lsp.CodeAction): void {
    const plugin = LSPPlugin.get(view);
    const edits = edit?.changes?.[this.#options.uri] ?? [];
    if (plugin === null || edits.length === 0) return;
    const changes = edits.map(({ range, newText }) => ({
      from: plugin.fromPosition(range.start),
      to: plugin.fromPosition(range.end),
      insert: newText,
    }));
    view.dispatch({ changes, userEvent: 'input.action', scrollIntoView: true });
    this.#options.say(`${title}: done`);
    view.focus();
  }

  #start(): void {
    const worker = new Worker(new URL('./language-worker.js', import.meta.url), { type: 'module', name: 'language server' });
    const handlers = new Set<(message: string) => void>();
    // The library speaks JSON, the server's reader objects.
    worker.addEventListener('message', ({ data }) => {
      for (const handle of handlers) handle(JSON.stringify(data));
    });
    worker.addEventListener('error', ({ message }) => this.#restart(`the language server ended (${message || 'no reason given'})`));
    this.#worker = worker;
    this.client.connect({
      send: (message) => worker.postMessage(JSON.parse(message)),
      subscribe: (handler) => void handlers.add(handler),
      unsubscribe: (handler) => void handlers.delete(handler),
    });
  }

  #restart(why: string): void {
    clearTimeout(this.#waiting);
    this.#worker?.terminate();
    this.client.disconnect();
    this.#options.say(`${why}; another one was started`);
    this.#start();
  }

  /** From now on it has to say something of the text within its time. */
  #expect(): void {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(
      () => this.#restart(`nothing was found out about this text in ${PATIENCE / 1000} seconds, so checking it was given up`),
      PATIENCE,
    );
  }

  #published({ uri, version, diagnostics }: Publish): boolean {
    const file = this.client.workspace.getFile(uri);
    const view = file?.getView();
    const plugin = view && LSPPlugin.get(view);
    // What is said of an older text is not shown beside another.
    if (!file || !view || !plugin || version !== file.version || !plugin.unsyncedChanges.empty) return true;
    clearTimeout(this.#waiting);
    const errors = diagnostics.filter(({ severity }) => severity === 1);
    const warnings = diagnostics.filter(({ severity }) => severity === 2);
    const [first] = [...errors, ...warnings];
    const place = first && `line ${first.range.start.line + 1}: ${first.message}`;
    this.#options.tell({ errors: errors.length, warnings: warnings.length, ...(place && { first: place }) });
    this.#show(view, plugin, diagnostics, []);
    void this.#fixes(view, plugin, diagnostics, version);
    return true;
  }

  async #fixes(view: EditorView, plugin: LSPPlugin, diagnostics: readonly lsp.Diagnostic[], version: number): Promise<void> {
    const wrong = diagnostics.filter(({ severity }) => severity === 1 || severity === 2).slice(0, 20);
    if (wrong.length === 0) return;
    const found = await Promise.all(wrong.map((each) => this.#ask(plugin, each.range, [each])));
    const file = this.client.workspace.getFile(this.#options.uri);
    if (file?.version !== version || !plugin.unsyncedChanges.empty) return;
    const actions = new Map(wrong.map((each, k) => [each, found[k]] as const));
    this.#show(
      view,
      plugin,
      diagnostics,
      diagnostics.map((each) => (actions.get(each) ?? []).filter(({ kind }) => kind === 'quickfix')),
    );
  }

  #show(view: EditorView, plugin: LSPPlugin, diagnostics: readonly lsp.Diagnostic[], fixes: readonly (readonly lsp.CodeAction[])[]): void {
    const shown = diagnostics.map(({ range, severity = 1, message, code }, k): Diagnostic => {
      const actions = (fixes[k] ?? []).map((action): Action => ({ name: action.title, apply: () => this.apply(view, action) }));
      const [from, to] = [plugin.fromPosition(range.start), plugin.fromPosition(range.end)];
      return { from, to: Math.max(from, to), severity: severities[severity], message: `${code}: ${message}`, actions };
    });
    view.dispatch(setDiagnostics(view.state, shown));
  }

  async #ask(plugin: LSPPlugin, range: lsp.Range, diagnostics: readonly lsp.Diagnostic[]): Promise<lsp.CodeAction[]> {
    const given = { textDocument: { uri: plugin.uri }, range, context: { diagnostics } };
    return (await this.client.request<typeof given, lsp.CodeAction[] | null>('textDocument/codeAction', given).catch(() => null)) ?? [];
  }
}
