export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
const KEPT_AS = 'meetings.theme';

export function theme(): Theme {
  const kept = localStorage.getItem(KEPT_AS);
  return THEMES.find((one) => one === kept) ?? 'system';
}

/** The system's choice is the style sheet's own; the others override it. */
export function showTheme(chosen: Theme = theme()): void {
  if (chosen === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = chosen;
  localStorage.setItem(KEPT_AS, chosen);
}
