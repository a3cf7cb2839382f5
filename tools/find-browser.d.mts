/** Returns the path of a Chromium that runs; throws with advice if there is none and none can be had. */
export function findBrowser(): Promise<string>;
