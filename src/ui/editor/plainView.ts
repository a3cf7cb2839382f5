// Where the visitor was in the plain text, so that the full editor goes on from there.

export interface PlainView {
  readonly fileId: string;
  readonly start: number;
  readonly end: number;
  readonly scrollTop: number;
  readonly focused: boolean;
}

let left: PlainView | undefined;

export function leavePlainView(view: PlainView): void {
  left = view;
}

/** The view of this file if it was the last one left; it is handed over once. */
export function takePlainView(fileId: string): PlainView | undefined {
  const view = left?.fileId === fileId ? left : undefined;
  left = undefined;
  return view;
}
