// Names that the server or a controller makes up (models apiserver/pkg/storage/names and controller naming helpers).

const maxNameLength = 63;
const randomLength = 5;
const maxGeneratedNameLength = maxNameLength - randomLength;

/**
 * `base` cut to 58 characters, followed by the random suffix: always a valid DNS label if the base is one.
 * @param random5 five characters of the safe alphabet
 */
export function generateName(base: string, random5: string): string {
  return (base.length > maxGeneratedNameLength ? base.slice(0, maxGeneratedNameLength) : base) + random5;
}
