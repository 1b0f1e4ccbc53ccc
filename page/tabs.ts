/** Views of which one is seen: by click, and by the arrow keys as www.w3.org/WAI/ARIA/apg/patterns/tabs says. */
export function openTabs(opened: (view: string) => void): void {
  const tabs = [...document.querySelectorAll<HTMLButtonElement>('[role="tab"]')];
  const viewOf = (tab: HTMLButtonElement) => tab.getAttribute('aria-controls')!;
  const choose = (chosen: HTMLButtonElement) => {
    for (const tab of tabs) {
      tab.setAttribute('aria-selected', String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      document.getElementById(viewOf(tab))!.hidden = tab !== chosen;
    }
    opened(viewOf(chosen));
  };
  for (const [k, tab] of tabs.entries()) {
    tab.addEventListener('click', () => choose(tab));
    tab.addEventListener('keydown', ({ key }) => {
      const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
      if (step === 0) return;
      const next = tabs[(k + step + tabs.length) % tabs.length];
      next.focus();
      choose(next);
    });
  }
}
