import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { bridge } from './src/server/bridge-plugin.ts';
import { preloadFirstView } from './tools/preload-plugin.ts';

/** What the built page may load: only its own files. Styles may be inline because Monaco sets them at run time. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'", "script-src 'self'", "worker-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:",
  "font-src 'self' data:", "connect-src 'self'", "base-uri 'none'", "form-action 'none'",
];
/** Browsers obey frame-ancestors only in a header, so the meta tag leaves it out and the preview server sends it. */
const FRAME_ANCESTORS = "frame-ancestors 'none'";

/** Writes the policy into the built index.html, before anything that it governs. */
function contentSecurityPolicy(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [{
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: CONTENT_SECURITY_POLICY.join('; ') },
      injectTo: 'head-prepend',
    }],
  };
}

/** In development the module reloader needs one inline script and its socket; everything else is as in production. */
const DEVELOPMENT_POLICY = CONTENT_SECURITY_POLICY
  .map((rule) => (rule.startsWith('script-src') ? `${rule} 'unsafe-inline'` : rule.startsWith('connect-src') ? `${rule} ws: wss:` : rule.startsWith('worker-src') ? `${rule} blob:` : rule))
  .concat(FRAME_ANCESTORS).join('; ');

export default defineConfig({
  plugins: [react(), contentSecurityPolicy(), preloadFirstView(), bridge()],
  resolve: {
    // monaco-worker-manager still imports the paths from before Monaco's exports map.
    alias: [{ find: /^monaco-editor\/esm\/vs\/(.*)$/, replacement: 'monaco-editor/$1' }],
  },
  worker: { format: 'es' },
  // Found only inside a worker, so without this the first start optimises again and reloads the page.
  optimizeDeps: { include: ['monaco-yaml/yaml.worker.js', 'monaco-editor/editor/editor.worker.js'] },
  server: { port: 5173, headers: { 'Content-Security-Policy': DEVELOPMENT_POLICY } },
  preview: { headers: { 'Content-Security-Policy': [...CONTENT_SECURITY_POLICY, FRAME_ANCESTORS].join('; ') } },
  build: {
    target: 'es2023',
    // Every browser of that target preloads modules by itself.
    modulePreload: { polyfill: false },
    // The editor is one lazy part of known size, far from the first view's budget of 250 KiB gzipped.
    chunkSizeWarningLimit: 5000,
  },
  test: { include: ['src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts'], environment: 'node' },
});
