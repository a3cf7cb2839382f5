// The page's own icons: 16 units square, one stroke of 1.5, round ends.
const PATHS = {
  add: 'M8 3.5v9M3.5 8h9',
  alert: 'M8 2.5 14 13H2L8 2.5ZM8 6.5v3M8 11.2v.1',
  check: 'm3 8.5 3.2 3.2L13 5',
  chevronDown: 'm4.5 6.5 3.5 3.5 3.5-3.5',
  chevronLeft: 'M9.5 4.5 6 8l3.5 3.5',
  chevronRight: 'M6.5 4.5 10 8l-3.5 3.5',
  close: 'm4 4 8 8m0-8-8 8',
  copy: 'M6 5.5h6.5v8H6zM3.5 10.5v-8H10',
  diff: 'M5 2.5v6M2 5.5h6M8 12h6M14 4.5l-4 0M2 12h3',
  edit: 'm3 13 .7-3L10.5 3.2l2.3 2.3L6 12.3 3 13Z',
  fault: 'M9 1.8 4 9h4l-1 5.2L12 7H8l1-5.2Z',
  file: 'M4 2.5h5l3 3v8H4zM9 2.5v3h3',
  foldLeft: 'M2.5 3h11v10h-11zM6.5 3v10M11 6.2 9.2 8 11 9.8',
  unfoldLeft: 'M2.5 3h11v10h-11zM6.5 3v10M9.2 6.2 11 8 9.2 9.8',
  foldDown: 'M2.5 3h11v10h-11zM2.5 9h11M6.2 5.2 8 7l1.8-1.8',
  unfoldUp: 'M2.5 3h11v10h-11zM2.5 9h11M6.2 7 8 5.2 9.8 7',
  help: 'M6 6.1A2 2 0 1 1 8.6 8c-.4.2-.6.5-.6 1v.4M8 11.6v.1',
  list: 'M3 4h.1M3 8h.1M3 12h.1M6 4h7.5M6 8h7.5M6 12h7.5',
  moon: 'M12.8 9.6A5.3 5.3 0 0 1 6.4 3.2a5.3 5.3 0 1 0 6.4 6.4Z',
  more: 'M3.1 8h.5M7.75 8h.5M12.4 8h.5',
  fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  minus: 'M3.5 8h9',
  search: 'M7 2.8a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4ZM10.2 10.2l3.3 3.3',
  fork: 'M4 3v10M4 8.5c5 0 8-1 8-5.5M9.8 5 12 2.8 14.2 5',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5.5 3.5v9l7-4.5z',
  step: 'M4 3.5v9l6-4.5zM12.5 3.5v9',
  stepBack: 'M12 3.5v9L6 8zM3.5 3.5v9',
  toEnd: 'M3 4l5 4-5 4M8 4l5 4-5 4',
  toStart: 'M13 4 8 8l5 4M8 4 3 8l5 4',
  presenter: 'M2 3h12v7.5H2zM8 10.5v3M5.5 13.5h5',
  reset: 'M3.2 6A5.2 5.2 0 1 1 2.8 8.6M3 2.8V6h3.2',
  samples: 'M2.5 3h4.5v4.5H2.5zM9 3h4.5v4.5H9zM2.5 9.5h4.5M2.5 12.5h4.5M9 9.5h4.5M9 12.5h4.5',
  share: 'M6.8 9.2 9.2 6.8M7.3 5l1.6-1.6a2.6 2.6 0 0 1 3.7 3.7L11 8.7M8.7 11l-1.6 1.6a2.6 2.6 0 0 1-3.7-3.7L5 7.3',
  sun: 'M8 5.4a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 0 1 0-5.2ZM8 1.8v1M8 13.2v1M1.8 8h1M13.2 8h1M3.6 3.6l.7.7M11.7 11.7l.7.7M3.6 12.4l.7-.7M11.7 4.3l.7-.7',
  system: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11Z',
  terminal: 'm3 4.5 3.5 3.5L3 11.5M8 12h5',
  undo: 'M5.5 3 2.5 6l3 3M2.5 6H9a4 4 0 0 1 0 8H6',
} as const;

export type IconName = keyof typeof PATHS;

/** Decorative: the control around it carries the name. */
export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }): React.JSX.Element {
  return (
    <svg viewBox="0 0 16 16" width={`${size / 16}rem`} height={`${size / 16}rem`} fill="none" stroke="currentColor" strokeWidth="1.5"
      strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
      {name === 'system' && <path d="M8 2.5a5.5 5.5 0 0 1 0 11Z" fill="currentColor" stroke="none" />}
    </svg>
  );
}
