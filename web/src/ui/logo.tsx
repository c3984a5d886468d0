/** The same picture as public/favicon.svg, in the page's colours. */
export function Logo() {
  return (
    <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="var(--accent)" />
      <path
        d="M8 13.5A5.5 5.5 0 0 1 13.5 8h5a5.5 5.5 0 0 1 0 11H15l-4.2 4.2c-.5.5-1.3.1-1.3-.6v-4.3A5.5 5.5 0 0 1 8 13.5Z"
        fill="var(--accent-ink)"
      />
      <circle cx="13.4" cy="13.5" r="1.4" fill="var(--accent)" />
      <circle cx="18.6" cy="13.5" r="1.4" fill="var(--accent)" />
    </svg>
  );
}
