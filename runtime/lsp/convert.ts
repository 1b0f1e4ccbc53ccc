/** From offsets and records of ours to lines, columns and records of the protocol, and back. Both count UTF-16 units. */
import type {
  CodeAction,
  CompletionItem,
  DocumentSymbol,
  FoldingRange,
  Location,
  Position,
  Diagnostic as ProtocolDiagnostic,
  InlayHint as ProtocolHint,
  Range,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver';
import type { Action, Completion, Edit, Fold, InlayHint, Kind, NameToken, Part } from '../../compiler/service/index.ts';
import type { Diagnostic, Place, Severity } from '../../grammar/diagnostic.ts';
import { Lines } from '../../grammar/position.ts';

/** Texts of files, and how files are called in the protocol. */
export interface Names {
  textOf(file: string): string;
  uriOf(file: string): string;
}

export function positionOf(text: string, offset: number): Position {
  const { line, column } = new Lines(text).positionOf(offset);
  return { line: line - 1, character: column - 1 };
}

/** Past the end of a line is its end, past the last line the end of the text. */
export function offsetOf(text: string, { line, character }: Position): number {
  const lines = new Lines(text);
  const start = lines.starts[line];
  if (start === undefined) return text.length;
  return Math.min(start + character, start + lines.line(line + 1).length);
}

export function rangeOf(text: string, { from, to }: Pick<Place, 'from' | 'to'>): Range {
  return { start: positionOf(text, from), end: positionOf(text, to) };
}

export function locationOf({ textOf, uriOf }: Names, place: Place): Location {
  return { uri: uriOf(place.file), range: rangeOf(textOf(place.file), place) };
}

const SEVERITIES: Readonly<Record<Severity, 1 | 2 | 3>> = { error: 1, warning: 2, note: 3 };

export function diagnosticOf(names: Names, { code, severity, message, primary, secondary, hint }: Diagnostic): ProtocolDiagnostic {
  const label = primary.text === '' ? '' : ` (${primary.text})`;
  return {
    range: rangeOf(names.textOf(primary.place.file), primary.place),
    severity: SEVERITIES[severity],
    code,
    source: 'bondsmith',
    message: `${message}${label}${hint === undefined ? '' : `\nhint: ${hint}`}`,
    relatedInformation: secondary.map(({ place, text }) => ({ location: locationOf(names, place), message: text })),
  };
}

/** Numbers of `SymbolKind` and `CompletionItemKind`, and the names of the legend of semantic tokens. */
const KINDS: Readonly<Record<Kind, { readonly symbol: number; readonly completion: number; readonly token: string }>> = {
  model: { symbol: 5, completion: 7, token: 'class' },
  layer: { symbol: 5, completion: 7, token: 'class' },
  topology: { symbol: 23, completion: 22, token: 'struct' },
  variant: { symbol: 11, completion: 8, token: 'interface' },
  function: { symbol: 12, completion: 3, token: 'function' },
  let: { symbol: 14, completion: 21, token: 'variable' },
  option: { symbol: 26, completion: 5, token: 'typeParameter' },
  axis: { symbol: 16, completion: 12, token: 'type' },
  member: { symbol: 7, completion: 10, token: 'property' },
  input: { symbol: 13, completion: 6, token: 'parameter' },
  argument: { symbol: 13, completion: 6, token: 'parameter' },
  local: { symbol: 13, completion: 6, token: 'variable' },
  index: { symbol: 13, completion: 6, token: 'variable' },
  core: { symbol: 8, completion: 5, token: 'enumMember' },
  part: { symbol: 8, completion: 5, token: 'enumMember' },
  bond: { symbol: 26, completion: 5, token: 'typeParameter' },
  role: { symbol: 20, completion: 20, token: 'enumMember' },
  loss: { symbol: 12, completion: 3, token: 'function' },
  metric: { symbol: 12, completion: 3, token: 'function' },
  term: { symbol: 8, completion: 5, token: 'enumMember' },
  module: { symbol: 2, completion: 9, token: 'namespace' },
};
export const tokenTypes: readonly string[] = [...new Set(Object.values(KINDS).map(({ token }) => token))];
export const tokenModifiers: readonly string[] = ['definition', 'defaultLibrary'];

export function symbolOf(text: string, part: Part): DocumentSymbol {
  return {
    name: part.name,
    kind: KINDS[part.kind].symbol as DocumentSymbol['kind'],
    detail: part.detail,
    range: rangeOf(text, part.place),
    selectionRange: rangeOf(text, part.at),
    children: part.parts.map((inner) => symbolOf(text, inner)),
  };
}

const WORD = 14;
const SNIPPET = 15;

/** `order`: the place in the list as it was offered, which editors would sort by letters. */
export function completionOf({ label, kind, detail, insert }: Completion, range: Range, order: number): CompletionItem {
  const number = kind === 'word' ? WORD : kind === 'snippet' ? SNIPPET : KINDS[kind].completion;
  return {
    label,
    detail,
    kind: number as NonNullable<CompletionItem['kind']>,
    sortText: String(order).padStart(4, '0'),
    filterText: label,
    textEdit: { range, newText: insert },
  };
}

export function foldingOf({ from, to, comment }: Fold): FoldingRange {
  return { startLine: from - 1, endLine: to - 1, ...(comment ? { kind: 'comment' } : {}) };
}

/** Axes follow a name as a type does. */
export function hintOf(text: string, { offset, text: label, of }: InlayHint): ProtocolHint {
  return {
    position: positionOf(text, offset),
    label,
    paddingLeft: of !== 'axes' && of !== 'factors',
    ...(of === 'axes' ? { kind: 1 } : {}),
  };
}

/** Five numbers for each token: lines and columns from the one before, length, type, modifiers. */
export function encodedTokens(text: string, tokens: readonly NameToken[]): number[] {
  const lines = new Lines(text);
  let last = { line: 1, column: 1 };
  return tokens.flatMap(({ place, kind, defines, library }) => {
    const at = lines.positionOf(place.from);
    const column = at.line === last.line ? at.column - last.column : at.column - 1;
    const line = at.line - last.line;
    last = at;
    return [line, column, place.to - place.from, tokenTypes.indexOf(KINDS[kind].token), Number(defines) + 2 * Number(library)];
  });
}

export function workspaceEdit(names: Names, edits: readonly Edit[]): WorkspaceEdit {
  const changes = Map.groupBy(edits, ({ place }) => names.uriOf(place.file));
  const edit = ({ place, text }: Edit): TextEdit => ({ range: rangeOf(names.textOf(place.file), place), newText: text });
  return { changes: Object.fromEntries([...changes].map(([uri, own]) => [uri, own.map(edit)])) };
}

export function codeActionOf(names: Names, { title, edits, fixes }: Action): CodeAction {
  return {
    title,
    kind: fixes === undefined ? 'refactor' : 'quickfix',
    edit: workspaceEdit(names, edits),
    ...(fixes === undefined ? {} : { diagnostics: [diagnosticOf(names, fixes)] }),
  };
}
