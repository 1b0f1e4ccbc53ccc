/**
 * What an editor asks of a text, as plain functions over a Document: no protocol, no files, no state but what `Editor` remembers between two
 * versions of a text.
 */
export { type Action, actions, applied, fixesOf } from './actions/index.ts';
export { type Completion, complete } from './complete.ts';
export type { Definition, Kind } from './definition.ts';
export { type Document, Editor } from './document.ts';
export { type InlayHint, inlayHints } from './hints.ts';
export { type Hover, hover } from './hover.ts';
export { definitionAt, type Edit, RenameError, references, rename, renameable } from './navigate.ts';
export { type Fold, folds, type NameToken, nameTokens, outline, type Part } from './outline.ts';
export type { Load } from './project.ts';
export { type Signature, signatureAt } from './signature.ts';
