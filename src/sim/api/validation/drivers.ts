// Names of CSI drivers.
import type { Errors, Path } from './field.ts';
import { byteLength } from './field.ts';
import { dns1123Subdomain } from './names.ts';

/** DNS subdomains of at most 63 bytes, in any case. */
export function validateDriverName(name: string, path: Path, errors: Errors): void {
  if (name === '') {
    errors.required(path);
    return;
  }
  if (byteLength(name) > 63) errors.tooLong(path, 63);
  errors.invalidAll(path, name, dns1123Subdomain(name.toLowerCase()));
}
