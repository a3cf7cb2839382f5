export function versionOf(path: string | undefined): string | undefined;
export function debianMirrors(files: readonly { readonly name: string; readonly text: string }[]): readonly string[];
export function findKubectl(): string | undefined;
