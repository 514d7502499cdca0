/** The style sheet of the public page: readable in light and dark, on a phone and in print. */
export const PUBLIC_PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1a1d24, #e8eaf0);
  --quiet: light-dark(#4a5060, #aab0c0);
  --ground: light-dark(#f7f8fa, #14161b);
  --raised: light-dark(#ffffff, #1e2129);
  --line: light-dark(#d9dde5, #343945);
  --link: light-dark(#1f4fd8, #93b4ff);
  --good: light-dark(#11734a, #5fd39f);
  --late: light-dark(#8a5300, #f0bd66);
  --bad: light-dark(#b3261e, #ff9a92);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.6 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 3rem 1.25rem 4rem; }
h1 { margin: 0 0 1rem; font-size: 2rem; line-height: 1.2; letter-spacing: -0.01em; }
h2 { margin: 2.25rem 0 0.5rem; font-size: 1.125rem; }
p { margin: 0.5rem 0; }
a { color: var(--link); text-underline-offset: 0.15em; }
a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
pre {
  margin: 0.5rem 0; padding: 0.75rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--raised);
  border: 1px solid var(--line); border-radius: 0.5rem; font: 0.875rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace;
}
ol { margin: 0.5rem 0; padding-left: 1.25rem; }
li { margin: 1rem 0; }
li::marker { color: var(--quiet); }
.state { margin: 1.5rem 0; padding: 0.6rem 1rem; background: var(--raised); border: 1px solid var(--line); border-left: 4px solid; border-radius: 0.5rem; font-weight: 600; }
.state.good { color: var(--good); }
.state.late { color: var(--late); }
.state.bad { color: var(--bad); }
@media print { main { padding: 0; } }
`;
