// Opens the page without a network. With one, the newest page is loaded first: its parts have a content hash in their names.
// Messages and secrets never pass through this worker.
const CACHE = 'page';
const PART = /\/[\w-]+-[0-9a-f]{12,16}(?:_bg)?\.(?:js|wasm|css)/g;
// The kept page is shown if the network has not answered by then.
const NETWORK_LIMIT_MS = 3000;
const isPart = path => new RegExp(`^${PART.source}$`).test(path);
// A login page or a proxy's error page is no part, whatever its status says.
const isGood = ({ ok, redirected }) => ok && !redirected;
const isHtml = response => (response.headers.get('content-type') ?? '').includes('text/html');

// Pages are stored one after the other: two at once could remove each other's parts.
let storing = Promise.resolve();
function store(page) {
  const stored = storing.then(() => storePage(page));
  storing = stored.catch(() => {});
  return stored;
}

// Stores a page with all its parts, or nothing. Then removes the parts of older pages.
async function storePage(page) {
  const { headers } = page;
  const text = await page.text();
  const parts = new Set(text.match(PART));
  // Another server answered: a network's login page, for example.
  if (parts.size === 0) { return }
  const cache = await caches.open(CACHE);
  await Promise.all([...parts].map(part => storePart(cache, part)));
  // A new response, because the original one remembers the room's address.
  await cache.put('/', new Response(text, { headers }));
  for (const { url } of await cache.keys()) {
    const { pathname } = new URL(url);
    if (isPart(pathname) && !parts.has(pathname)) { await cache.delete(pathname) }
  }
}

async function storePart(cache, part) {
  if (await cache.match(part)) { return }
  const response = await fetch(part);
  if (!isGood(response) || isHtml(response)) { throw new Error(`${part}: ${response.status}`) }
  await cache.put(part, response);
}

async function fetchPage(request) {
  const response = await fetch(request);
  if (!isGood(response)) { return response }
  // The body may hang as well.
  const body = await response.blob();
  return new Response(body, { status: response.status, headers: response.headers });
}

async function openPage(event) {
  const network = fetchPage(event.request);
  // A late answer is stored for the next time.
  event.waitUntil(network.then(page => page.ok && store(page.clone())).catch(() => {}));
  const limit = new Promise(resolve => setTimeout(resolve, NETWORK_LIMIT_MS));
  const answer = await Promise.race([network.catch(() => undefined), limit]);
  // A proxy answers with 5xx for a server that is away.
  if (answer && answer.status < 500) { return answer }
  return await match('/') ?? network;
}

async function openPart(request, path) {
  return await match(path) ?? fetch(request);
}

// Storage may be forbidden; then nothing is kept.
function match(path) {
  return caches.match(path).catch(() => undefined);
}

self.addEventListener('install', event => {
  self.skipWaiting();
  event.waitUntil(fetch('/').then(page => isGood(page) && store(page)));
});
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()));
// Focuses the window of the notification's room, or opens one.
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
    event.respondWith(openPage(event));
  } else if (isPart(pathname)) {
    event.respondWith(openPart(event.request, pathname));
  }
});
