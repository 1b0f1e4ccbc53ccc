/** The extension: a client of the language server, a panel with the network at the cursor, two commands for a terminal. */
import { join } from 'node:path';
import {
  commands,
  type Disposable,
  type ExtensionContext,
  type TextEditor,
  Uri,
  ViewColumn,
  type WebviewPanel,
  window,
  workspace,
} from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import { AROUND, type AroundParams, type AroundResult } from './around.ts';
import { libraryTexts } from './library.ts';
import { panelHtml } from './panel-html.ts';

let client: LanguageClient | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const module = context.asAbsolutePath(join('dist', 'server.cjs'));
  client = new LanguageClient(
    'bondsmith',
    'Bondsmith',
    { module, transport: TransportKind.ipc },
    { documentSelector: [{ language: 'bond' }] },
  );
  const panel = new NetworkPanel(context, client);
  context.subscriptions.push(
    workspace.registerTextDocumentContentProvider('bondsmith', { provideTextDocumentContent: ({ path }) => libraryTexts.get(path) ?? '' }),
    commands.registerCommand('bondsmith.network', () => panel.show()),
    commands.registerCommand('bondsmith.explain', () => inTerminal((file, variant) => ['explain', file, ...variant])),
    commands.registerCommand('bondsmith.train', () => train()),
    panel,
  );
  await client.start();
}

export function deactivate(): Promise<void> | undefined {
  return client?.stop();
}

const isBond = (editor: TextEditor | undefined): editor is TextEditor => editor?.document.languageId === 'bond';

async function askAround({ document, selection }: TextEditor): Promise<AroundResult> {
  const given: AroundParams = { uri: document.uri.toString(), offset: document.offsetAt(selection.active), text: document.getText() };
  return client!.sendRequest<AroundResult>(AROUND, given);
}

/** Follows the cursor while it is open. */
class NetworkPanel implements Disposable {
  readonly #context: ExtensionContext;
  readonly #following: Disposable[] = [];
  #panel: WebviewPanel | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(context: ExtensionContext, _: LanguageClient) {
    this.#context = context;
  }

  async show(): Promise<void> {
    if (this.#panel === undefined) this.#open();
    else this.#panel.reveal(undefined, true);
    await this.#draw();
  }
  dispose(): void {
    this.#panel?.dispose();
  }

  #open(): void {
    const dist = Uri.joinPath(this.#context.extensionUri, 'dist');
    const panel = window.createWebviewPanel(
      'bondsmith.network',
      'Network',
      { viewColumn: ViewColumn.Beside, preserveFocus: true },
      {
        enableScripts: true,
        localResourceRoots: [dist],
      },
    );
    const file = (name: string) => panel.webview.asWebviewUri(Uri.joinPath(dist, name)).toString();
    panel.webview.html = panelHtml(panel.webview.cspSource, file('panel.js'), file('panel.css'));
    const later = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#draw(), 150);
    };
    // The page of the panel asks when it is there.
    this.#following.push(
      panel.webview.onDidReceiveMessage(later),
      window.onDidChangeTextEditorSelection(later),
      workspace.onDidChangeTextDocument(later),
    );
    panel.onDidDispose(() => {
      clearTimeout(this.#timer);
      for (const each of this.#following.splice(0)) each.dispose();
      this.#panel = undefined;
    });
    this.#panel = panel;
  }

  async #draw(): Promise<void> {
    const editor = window.activeTextEditor;
    if (!isBond(editor) || this.#panel === undefined) return;
    const found = await askAround(editor);
    if (found.drawings.length > 0) await this.#panel?.webview.postMessage(found);
  }
}

/** `'` in a name of a file ends no argument: each is quoted for the shell. */
const quoted = (argument: string) => (process.platform === 'win32' ? `"${argument}"` : `'${argument.replaceAll("'", "'\\''")}'`);

async function inTerminal(argumentsFor: (file: string, variant: readonly string[]) => readonly string[]): Promise<void> {
  const editor = window.activeTextEditor;
  if (!isBond(editor)) return;
  await editor.document.save();
  const { name } = await askAround(editor);
  const command = workspace.getConfiguration('bondsmith').get<string>('command', 'npx bondsmith');
  const terminal = window.terminals.find((each) => each.name === 'Bondsmith') ?? window.createTerminal('Bondsmith');
  const given = argumentsFor(editor.document.uri.fsPath, name === undefined ? [] : ['--variant', name]);
  terminal.show(true);
  terminal.sendText(`${command} ${given.map(quoted).join(' ')}`);
}

async function train(): Promise<void> {
  const [text] = (await window.showOpenDialog({ openLabel: 'Learn this text', canSelectMany: false })) ?? [];
  if (text === undefined) return;
  const out = await window.showInputBox({ prompt: 'Folder that keeps the run', value: 'runs/first' });
  if (out === undefined) return;
  await inTerminal((file, variant) => ['train', file, ...variant, '--text', text.fsPath, '--out', out]);
}
