// What every JavaScript engine has and ES2023's own library does not declare. Only pure functions belong here: the
// simulator is checked without the browser's and Node's types so that nothing else can be used in it.
interface TextEncoder { encode(text?: string): Uint8Array }
declare const TextEncoder: { new (): TextEncoder };
interface TextDecoder { decode(bytes?: Uint8Array): string }
declare const TextDecoder: { new (encoding?: string, options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean }): TextDecoder };
