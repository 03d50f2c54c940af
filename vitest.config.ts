import { defineConfig } from 'vitest/config'

/** End to end, with whole hubs, browsers and kills: slow, so not a part of `npm run check`. */
const SLOW = ['test/e2e/**/*.test.{ts,tsx}', 'test/kill/**/*.test.ts']

/** Whole hubs share two cores with a browser and a database: what takes 2 s alone may take 20 s. */
const slowTimeouts = { testTimeout: 120_000, hookTimeout: 120_000 }

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    teardownTimeout: 10_000,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}', 'inbox/**/*.test.{ts,tsx}', 'widget/**/*.test.{ts,tsx}'],
          exclude: ['**/node_modules/**', '**/dist/**', ...SLOW],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      { test: { name: 'slow', include: SLOW, exclude: ['**/node_modules/**'], ...slowTimeouts } },
    ],
  },
})
