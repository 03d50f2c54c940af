import type { Call } from './endpoint.ts'

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)

/**
 * The page in the iframe. Only the account's own websites may frame it; it runs nothing but the app's one script and
 * talks to nobody but the hub. `Referrer-Policy` keeps the account's address to ourselves.
 */
export function appPage({ config, context }: Call): Response {
  const settings = {
    hook: context.hookUrl,
    title: config.title || context.accountName,
    greeting: { en: config.greeting, zh: config.greetingZh || config.greeting },
    accent: config.accentColor,
    position: config.position,
  }
  const assets = `${context.publicUrl}/widget`
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content">
<title>${escapeHtml(settings.title)}</title>
<link rel="stylesheet" href="${escapeHtml(assets)}/app.css"></head>
<body><div id="app" data-settings="${escapeHtml(JSON.stringify(settings))}"></div>
<script type="module" src="${escapeHtml(assets)}/app.js"></script></body></html>
`
  return new Response(html, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy(config.allowedOrigins),
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      // For the page frames it on purpose: who may is said by frame-ancestors above.
      'cross-origin-resource-policy': 'cross-origin',
    },
  })
}

export const contentSecurityPolicy = (allowedOrigins: string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${["'self'", ...allowedOrigins].join(' ')}`,
  ].join('; ')
