/** Hovers are Markdown, and comments of a shared program are in them: of their HTML only what texts are made of is kept. */
const kept = new Set(['P', 'CODE', 'PRE', 'SPAN', 'EM', 'STRONG', 'UL', 'OL', 'LI', 'BR']);

export function safeHtml(html: string): string {
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  for (const found of [...body.querySelectorAll('*')]) {
    if (!kept.has(found.tagName)) found.replaceWith(document.createTextNode(found.textContent ?? ''));
    else for (const { name } of [...found.attributes]) if (name !== 'class') found.removeAttribute(name);
  }
  return body.innerHTML;
}
