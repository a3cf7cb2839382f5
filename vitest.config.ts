import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts', 'bench/**/*.test.ts'],
    environment: 'node',
    // A limit for what hangs, not for what is slow: the machine may be busy.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
