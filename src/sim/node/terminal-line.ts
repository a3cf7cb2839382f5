// The line discipline of a pseudo terminal: what a person types is echoed and edited until it is a line; Control-C and
// Control-D mean what they mean. Models Linux's n_tty in its ordinary (cooked) mode.

/** The line that is being typed. */
export interface Typed {
  readonly pending: string;
  /** To be shown to who types. */
  readonly echo: string;
  /** Finished lines, each with its line break, that the process may read. */
  readonly text: string;
  readonly interrupts: boolean;
  readonly ends: boolean;
}

/** What comes of some more keys after `pending`. Keys after Control-C in the same part count as typed after it. */
export function typeKeys(pending: string, keys: string): Typed {
  let [line, echo, text, interrupts, ends] = [pending, '', '', false, false];
  for (const key of keys) {
    if (key === '\r' || key === '\n') {
      text += `${line}\n`;
      [line, echo] = ['', `${echo}\r\n`];
    } else if (key === '\x7f' || key === '\b') {
      if (line !== '') [line, echo] = [Array.from(line).slice(0, -1).join(''), `${echo}\b \b`];
    } else if (key === '\x03') {
      [line, text, interrupts, echo] = ['', '', true, `${echo}^C\r\n`];
    } else if (key === '\x04') {
      if (line === '') ends = true;
      text += line;
      line = '';
    } else if (key === '\x15') [line, echo] = ['', `${echo}${'\b \b'.repeat(Array.from(line).length)}`];
    else if (key >= ' ' || key === '\t') [line, echo] = [line + key, echo + key];
  }
  return { pending: line, echo, text, interrupts, ends };
}

/** What a terminal is sent for what a process prints. */
export function onScreen(text: string): string {
  return text.replaceAll(/\r?\n/g, '\r\n');
}
