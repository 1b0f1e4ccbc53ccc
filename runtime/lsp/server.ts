/**
 * The language server: the service of `compiler/service/` behind the protocol that editors speak. Over any connection: standard input and
 * output (`bondsmith lsp`), or the messages of a worker in a page. Requests are answered from the newest text; diagnostics follow a moment
 * after the last change and carry the version that they are of, so none is shown beside another text.
 */
import {
  type Connection,
  type InitializeResult,
  LSPErrorCodes,
  ResponseError,
  type TextDocumentPositionParams,
} from 'vscode-languageserver';
import {
  actions,
  complete,
  type Document,
  definitionAt,
  Editor,
  folds,
  hover,
  inlayHints,
  type Load,
  nameTokens,
  outline,
  RenameError,
  references,
  rename,
  renameable,
  signatureAt,
} from '../../compiler/service/index.ts';
import { parse } from '../../grammar/parse.ts';
import { print } from '../../grammar/printer.ts';
import {
  codeActionOf,
  completionOf,
  diagnosticOf,
  encodedTokens,
  foldingOf,
  hintOf,
  locationOf,
  type Names,
  offsetOf,
  positionOf,
  rangeOf,
  symbolOf,
  tokenModifiers,
  tokenTypes,
  workspaceEdit,
} from './convert.ts';

/** Where files lie: the file system of Node, or the memory of a page. */
export interface LspHost {
  readonly load: Load;
  fileOf(uri: string): string;
  /** Also of files of the standard library, whose text is given. */
  uriOf(file: string, text: string): string;
}

/** Milliseconds without a change before diagnostics are sent. */
const PAUSE = 40;

interface Open {
  readonly uri: string;
  readonly editor: Editor;
  text: string;
  version: number;
  /** Of `text`; absent until somebody asks. */
  document?: Document | undefined;
  timer?: ReturnType<typeof setTimeout> | undefined;
}

/** Serves until the client says `exit`. */
export function serve(connection: Connection, host: LspHost): void {
  const server = new Server(connection, host);
  server.listen();
}

class Server {
  private readonly connection: Connection;
  private readonly host: LspHost;
  private readonly open = new Map<string, Open>();
  private readonly names: Names = {
    textOf: (file) => this.textOf(file),
    uriOf: (file) => this.host.uriOf(file, this.textOf(file)),
  };

  constructor(connection: Connection, host: LspHost) {
    this.connection = connection;
    this.host = host;
  }

  listen(): void {
    this.listenToTexts();
    this.answerPlaces();
    this.answerTexts();
    this.connection.listen();
  }

  private listenToTexts(): void {
    const { connection } = this;
    connection.onInitialize(() => capabilities);
    connection.onDidOpenTextDocument(({ textDocument: { uri, text, version } }) => {
      const editor = new Editor(this.host.fileOf(uri), (path, from) => this.loaded(path, from));
      this.change({ uri, editor, text, version });
    });
    connection.onDidChangeTextDocument(({ textDocument: { uri, version }, contentChanges }) => {
      const known = this.open.get(uri);
      if (known === undefined) return;
      let { text } = known;
      for (const change of contentChanges) {
        if (!('range' in change)) text = change.text;
        else text = `${text.slice(0, offsetOf(text, change.range.start))}${change.text}${text.slice(offsetOf(text, change.range.end))}`;
      }
      this.change(Object.assign(known, { text, version }));
    });
    connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
      clearTimeout(this.open.get(uri)?.timer);
      this.open.delete(uri);
      void connection.sendDiagnostics({ uri, diagnostics: [] });
    });
  }

  /** What other files say of one that changed may have changed too. */
  private change(changed: Open): void {
    this.open.set(changed.uri, changed);
    for (const each of this.open.values()) {
      each.document = undefined;
      clearTimeout(each.timer);
      each.timer = setTimeout(() => this.publish(each), PAUSE);
    }
  }

  private publish(open: Open): void {
    const { uri, version } = open;
    const { diagnostics, file } = this.documentOf(open);
    const own = diagnostics.filter(({ primary }) => primary.place.file === file).map((each) => diagnosticOf(this.names, each));
    void this.connection.sendDiagnostics({ uri, version, diagnostics: own });
  }

  private documentOf(open: Open): Document {
    open.document ??= open.editor.open(open.text);
    return open.document;
  }

  /** An imported file that is open is read as it is there. */
  private loaded(path: string, from: string): ReturnType<Load> {
    const found = this.host.load(path, from);
    if (typeof found !== 'string') return found;
    const target = new URL(path, `file://${from.startsWith('/') ? '' : '/'}${from}`).href;
    return this.open.get(target)?.text ?? found;
  }

  private textOf(file: string): string {
    for (const open of this.open.values()) {
      if (open.editor.file === file) return open.text;
      const found = open.document?.project.tableOf(file)?.text;
      if (found !== undefined) return found;
    }
    return '';
  }

  /** Answers about a place, or nothing where the text is not open. */
  private at<Answer>(
    { textDocument, position }: TextDocumentPositionParams,
    answer: (document: Document, offset: number) => Answer,
  ): Answer | null {
    const open = this.open.get(textDocument.uri);
    return open === undefined ? null : answer(this.documentOf(open), offsetOf(open.text, position));
  }

  private in<Answer>(uri: string, answer: (document: Document) => Answer): Answer | null {
    const open = this.open.get(uri);
    return open === undefined ? null : answer(this.documentOf(open));
  }

  private others(document: Document): Document[] {
    return [...this.open.values()].map((open) => this.documentOf(open)).filter((each) => each !== document);
  }

  private answerPlaces(): void {
    const { connection, names } = this;
    connection.onHover((params) =>
      this.at(params, (document, offset) => {
        const found = hover(document, offset);
        if (found === undefined) return null;
        const value = [`\`\`\`bond\n${found.code}\n\`\`\``, ...found.notes].join('\n\n');
        return { contents: { kind: 'markdown' as const, value }, range: rangeOf(document.text, found.place) };
      }),
    );
    connection.onDefinition((params) =>
      this.at(params, (document, offset) => {
        const found = definitionAt(document, offset);
        return found === undefined ? null : locationOf(names, found.place);
      }),
    );
    connection.onReferences((params) =>
      this.at(params, (document, offset) => references(document, offset, this.others(document)).map((place) => locationOf(names, place))),
    );
    connection.onPrepareRename((params) =>
      this.at(params, (document, offset) => {
        const place = renameable(document, offset);
        return place === undefined ? null : rangeOf(document.text, place);
      }),
    );
    connection.onRenameRequest((params) => this.at(params, (document, offset) => this.renamed(document, offset, params.newName)));
    connection.onCompletion((params) =>
      this.at(params, (document, offset) => {
        const typed = /[A-Za-z_][A-Za-z0-9_]*'*$/.exec(document.text.slice(Math.max(0, offset - 200), offset))?.[0].length ?? 0;
        const range = rangeOf(document.text, { from: offset - typed, to: offset });
        return { isIncomplete: false, items: complete(document, offset).map((each, k) => completionOf(each, range, k)) };
      }),
    );
    connection.onSignatureHelp((params) =>
      this.at(params, (document, offset) => {
        const found = signatureAt(document, offset);
        if (found === undefined) return null;
        const { label, parameters, active } = found;
        const signature = { label, parameters: parameters.map(([from, to]) => ({ label: [from, to] as [number, number] })) };
        return { signatures: [signature], activeSignature: 0, activeParameter: active };
      }),
    );
  }

  private renamed(document: Document, offset: number, name: string) {
    try {
      const { edits, warning } = rename(document, offset, name, this.others(document));
      // A notification: not every client can answer a request.
      if (warning !== undefined) void this.connection.sendNotification('window/showMessage', { type: 2, message: warning });
      return workspaceEdit(this.names, edits);
    } catch (error) {
      if (error instanceof RenameError) throw new ResponseError(LSPErrorCodes.RequestFailed, error.message);
      throw error;
    }
  }

  private answerTexts(): void {
    const { connection, names } = this;
    connection.onDocumentSymbol(({ textDocument }) =>
      this.in(textDocument.uri, (document) => outline(document).map((part) => symbolOf(document.text, part))),
    );
    connection.onFoldingRanges(({ textDocument }) => this.in(textDocument.uri, (document) => folds(document).map(foldingOf)));
    connection.onDocumentFormatting(({ textDocument }) =>
      this.in(textDocument.uri, ({ text, file }) => {
        const { file: tree, diagnostics } = parse(text, file);
        // A text with syntax errors is left as it is: what could not be read would be lost.
        if (diagnostics.length > 0) return [];
        return [{ range: { start: { line: 0, character: 0 }, end: positionOf(text, text.length) }, newText: print(tree) }];
      }),
    );
    connection.languages.semanticTokens.on(
      ({ textDocument }) =>
        this.in(textDocument.uri, (document) => ({ data: encodedTokens(document.text, nameTokens(document)) })) ?? { data: [] },
    );
    connection.languages.inlayHint.on(({ textDocument, range }) =>
      this.in(textDocument.uri, (document) => {
        const [from, to] = [range.start, range.end].map((position) => offsetOf(document.text, position));
        const shown = inlayHints(document).filter(({ offset }) => offset >= from! && offset <= to!);
        return shown.map((hint) => hintOf(document.text, hint));
      }),
    );
    connection.onCodeAction(({ textDocument, range }) =>
      this.in(textDocument.uri, (document) => {
        const [from, to] = [range.start, range.end].map((position) => offsetOf(document.text, position));
        return actions(document, { file: document.file, from: from!, to: to! }).map((action) => codeActionOf(names, action));
      }),
    );
  }
}

const capabilities: InitializeResult = {
  capabilities: {
    textDocumentSync: { openClose: true, change: 2 },
    hoverProvider: true,
    definitionProvider: true,
    referencesProvider: true,
    renameProvider: { prepareProvider: true },
    completionProvider: { triggerCharacters: ['.', '@', '[', '('] },
    signatureHelpProvider: { triggerCharacters: ['(', '[', ','] },
    documentSymbolProvider: true,
    foldingRangeProvider: true,
    documentFormattingProvider: true,
    semanticTokensProvider: { legend: { tokenTypes: [...tokenTypes], tokenModifiers: [...tokenModifiers] }, full: true },
    inlayHintProvider: true,
    codeActionProvider: { codeActionKinds: ['quickfix', 'refactor'] },
  },
  serverInfo: { name: 'bondsmith' },
};
