const US_PER_MS = 1_000;
const two = (n: number): string => String(n).padStart(2, '0');

/** `0:07.250`, `12:07.250`, `1:00:07.250`: minutes, seconds and milliseconds of virtual time, hours where there are any. */
export function formatVirtualTime(us: number): string {
  const ms = Math.floor(us / US_PER_MS);
  const seconds = Math.floor(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const tail = `${two(seconds % 60)}.${String(ms % 1_000).padStart(3, '0')}`;
  return hours > 0 ? `${hours}:${two(minutes % 60)}:${tail}` : `${minutes}:${tail}`;
}
