import type { BodyText } from '../api/decode-body.ts';

/** A request body as it came over HTTP, still to be decoded; `document` where a reader other than JSON's has parsed it. */
export class EncodedBody {
  readonly content: BodyText;
  /** Why the text cannot be read at all, in the reader's words. */
  readonly unreadable: string | undefined;
  constructor(content: BodyText, unreadable?: string) {
    this.content = content;
    this.unreadable = unreadable;
  }
}
