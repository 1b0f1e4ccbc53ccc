/** The editor. It lives in a shadow root, since there CodeMirror has its styles without breaking the page's content security policy. */
import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, indentUnit } from '@codemirror/language';
import { lintGutter, lintKeymap } from '@codemirror/lint';
import {
  findReferencesKeymap,
  formatDocument,
  formatKeymap,
  hoverTooltips,
  jumpToDefinitionKeymap,
  renameKeymap,
  serverCompletion,
  signatureHelp,
} from '@codemirror/lsp-client';
import { searchKeymap } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { bond, colours } from './highlight.ts';
import type { Language } from './language.ts';

export interface EditorOptions {
  readonly parent: HTMLElement;
  readonly language: Language;
  changed(text: string): void;
  moved(offset: number): void;
  /** What can be done here is asked for. */
  actions(): void;
}

const theme = EditorView.theme({
  '&': { height: '100%', color: 'var(--ink)', backgroundColor: 'var(--paper)' },
  '.cm-scroller': { font: '13.5px/1.55 var(--mono)' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'var(--paper)', color: 'var(--quiet)', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--accent) 7%, transparent)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'color-mix(in srgb, var(--accent) 28%, transparent)',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--panel)',
    color: 'var(--ink)',
    border: '1px solid var(--line)',
    borderRadius: '6px',
    maxWidth: 'min(40rem, 90vw)',
  },
  '.cm-lsp-hover-tooltip, .cm-diagnostic': { padding: '4px 8px', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' },
  '.cm-lsp-hover-tooltip pre': { margin: '0', font: '12.5px/1.5 var(--mono)', whiteSpace: 'pre-wrap' },
  '.cm-lsp-hover-tooltip p': { margin: '2px 0' },
  '.cm-diagnosticAction': { backgroundColor: 'var(--accent)', color: 'var(--accent-ink)', font: 'inherit', borderRadius: '4px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--accent-ink)' },
  '.cm-panels': { backgroundColor: 'var(--panel)', color: 'var(--ink)' },
  '.cm-textfield, .cm-button': { backgroundColor: 'var(--paper)', color: 'var(--ink)', backgroundImage: 'none' },
  // CodeMirror draws these with images in data URLs, which the page's policy has no exception for.
  '.cm-lintRange': { backgroundImage: 'none' },
  '.cm-lintRange-error': { textDecoration: 'underline wavy var(--error)', backgroundImage: 'none' },
  '.cm-lintRange-warning': { textDecoration: 'underline wavy var(--in)', backgroundImage: 'none' },
  '.cm-lintRange-info, .cm-lintRange-hint': { textDecoration: 'underline dotted var(--quiet)', backgroundImage: 'none' },
  '.cm-lint-marker': {
    content: '""',
    borderRadius: '50%',
    backgroundColor: 'var(--quiet)',
    width: '.7em',
    height: '.7em',
    margin: '.35em 0 0 .2em',
  },
  '.cm-lint-marker-error': { content: '""', backgroundColor: 'var(--error)' },
  '.cm-lint-marker-warning': { content: '""', backgroundColor: 'var(--in)' },
  '.cm-lint-marker-info': { content: '""' },
});

export function openEditor({ parent, language, changed, moved, actions }: EditorOptions): EditorView {
  const root = parent.attachShadow({ mode: 'open' });
  const state = EditorState.create({
    extensions: [
      [lineNumbers(), history(), drawSelection(), bracketMatching(), closeBrackets(), highlightActiveLine(), lintGutter(), theme],
      [bond, colours, indentUnit.of('  '), EditorView.lineWrapping, language.extension],
      [autocompletion(), serverCompletion({ override: true }), hoverTooltips(), signatureHelp()],
      keymap.of([
        {
          key: 'Mod-.',
          run: () => {
            actions();
            return true;
          },
        },
        { key: 'Tab', run: acceptCompletion },
        ...closeBracketsKeymap,
        ...completionKeymap,
        ...lintKeymap,
        ...searchKeymap,
        ...historyKeymap,
        ...formatKeymap,
        ...renameKeymap,
        ...jumpToDefinitionKeymap,
        ...findReferencesKeymap,
        ...defaultKeymap,
        indentWithTab,
      ]),
      EditorView.contentAttributes.of({ 'aria-label': 'Program in the language of Bondsmith; Escape then Tab leaves it' }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) changed(update.state.doc.toString());
        if (update.selectionSet || update.docChanged) moved(update.state.selection.main.head);
      }),
    ],
  });
  return new EditorView({ state, parent: root, root });
}

export function replaceText(view: EditorView, text: string): void {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 }, scrollIntoView: true });
}

export { formatDocument };
