// Sound and notifications. The program decides when (frontend/src/hooks/use_notifications.rs).
// In the lobby, two windows are two members.
const me = Math.random();
const tag = location.pathname === '/' ? `/${me}` : location.pathname;
let audio;
function ring() {
  audio ??= new (window.AudioContext ?? window.webkitAudioContext)();
  const asked = Date.now();
  audio.resume().then(() => {
    // A browser that waits for a touch lets sound out only then: too late.
    if (Date.now() - asked > 1000) { return }
    const [tone, volume, now] = [audio.createOscillator(), audio.createGain(), audio.currentTime];
    tone.frequency.value = 880;
    volume.gain.setValueAtTime(.2, now);
    volume.gain.exponentialRampToValueAtTime(.001, now + .3);
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(now + .3);
  });
}
function mayNotify() {
  if (/MicroMessenger/i.test(navigator.userAgent)) { return 'wechat' }
  return isSecureContext ? window.Notification?.permission ?? 'missing' : 'insecure';
}
function askToNotify() { return Notification.requestPermission() }
async function registration() { return navigator.serviceWorker?.getRegistration() }
// One after the other: what is to go may still be on its way.
let [turn, shown] = [Promise.resolve(), []];
function inTurn(act) { turn = turn.then(act).catch(() => {}) }
async function look() {
  const worker = await registration();
  // Android's browsers show one only by way of the service worker; without one, there may still be the plain kind.
  if (!worker?.active || !worker.showNotification) { return }
  shown = await worker.getNotifications({ tag });
  return worker;
}
async function show(title, options) {
  const [worker, how] = [await look(), { tag, icon: '/icon-192.png', data: { room: location.pathname, by: me }, ...options }];
  if (options.silent && shown.length === 0) { return }
  if (worker) {
    await worker.showNotification(title, how);
    await look();
  } else {
    const plain = new Notification(title, how);
    plain.onclick = () => focus();
    plain.onclose = () => { shown = shown.filter(other => other !== plain) };
    shown = [plain];
  }
}
function notify(title, body) { inTurn(() => show(title, { body, renotify: true })) }
function amend(title, body) { inTurn(() => show(title, { body, silent: true })) }
function hush() {
  inTurn(async () => {
    await look();
    shown.forEach(notification => notification.close());
    shown = [];
  });
}
// None outlives its page: nobody would take it away.
addEventListener('pagehide', () => {
  shown.filter(({ data }) => data?.by === me).forEach(notification => notification.close());
});
hush();
