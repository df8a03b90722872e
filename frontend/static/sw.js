// The page opens without a network too. Online it is always the newest: the page itself is asked for first, and what it
// is made of has names that change with it. Nothing that people say or that is secret passes through here.
const CACHE = 'page';
const PART = /\/[\w-]+-[0-9a-f]{12,16}(?:_bg)?\.(?:js|wasm|css)/g;
const isPart = path => new RegExp(`^${PART.source}$`).test(path);

// Keeps the page and its parts, and lets go of the parts of older ones.
async function keep(page) {
  const cache = await caches.open(CACHE);
  const { headers } = page;
  const text = await page.text();
  const parts = new Set(text.match(PART));
  // Something else answered: a login, a notice of the network's.
  if (parts.size === 0) { return }
  await cache.addAll(await missing(cache, parts));
  // Not the answer itself, which remembers the room's address.
  await cache.put('/', new Response(text, { headers }));
  for (const { url } of await cache.keys()) {
    const { pathname } = new URL(url);
    if (isPart(pathname) && !parts.has(pathname)) { await cache.delete(pathname) }
  }
}

async function missing(cache, parts) {
  const kept = await Promise.all([...parts].map(part => cache.match(part)));
  return [...parts].filter((_, at) => !kept[at]);
}

async function page(event) {
  try {
    const page = await fetch(event.request);
    // A proxy speaks for a server that is not there.
    if (page.status === 502 || page.status === 504) { return await caches.match('/') ?? page }
    if (page.ok && !page.redirected) {
      const copy = page.clone();
      event.waitUntil(keep(copy).catch(() => {}));
    }
    return page;
  } catch (offline) {
    const kept = await caches.match('/');
    if (kept) { return kept }
    throw offline;
  }
}

self.addEventListener('install', event => {
  self.skipWaiting();
  event.waitUntil(fetch('/').then(page => page.ok && keep(page)));
});
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()));
// A notification leads to its room, where it is open already.
self.addEventListener('notificationclick', event => {
  const { notification } = event;
  notification.close();
  event.waitUntil((async () => {
    const windows = await self.clients.matchAll({ type: 'window' });
    const open = windows.find(({ url }) => new URL(url).pathname === notification.data.room);
    return open ? open.focus() : self.clients.openWindow(notification.data.room);
  })());
});
self.addEventListener('fetch', event => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== 'GET' || origin !== self.location.origin) { return }
  if (mode === 'navigate' && (pathname === '/' || pathname.startsWith('/r/'))) {
    event.respondWith(page(event));
  } else if (isPart(pathname)) {
    const kept = caches.match(pathname).catch(() => undefined);
    event.respondWith(kept.then(kept => kept ?? fetch(event.request)));
  }
});
