// Boot: the words of the first screen, failures while the program loads, and crashes of the program. It works without
// the program, and its syntax suits browsers that are too old for the program.
(function () {
  // What to show after a crash: the sentence, and the button.
  var CRASH = {
    'zh-CN': ['页面出错了，你写的内容已保留。', '重新加载'],
    en: ['Something went wrong. What you wrote is kept.', 'Reload']
  };
  // The parts of the page that reloaded itself last because some were missing.
  var MISSING_KEY = 'duiliao.missing';
  var root = document.documentElement;
  root.lang = language();
  if (root.lang === 'en') { document.title = 'Duiliao' }

  // The chosen language, or else the browser's (frontend/src/i18n.rs chooses in the same way).
  function language() {
    var tag;
    try { tag = localStorage.getItem('duiliao.lang') } catch (denied) {}
    tag = tag || (navigator.languages || [])[0] || navigator.language || 'zh';
    return /^zh/i.test(tag) ? 'zh-CN' : 'en';
  }

  // The words of the first screen are those of the lobby, in Chinese. In front of a room by link there are others.
  window.translateBoot = function () {
    var inRoom = location.pathname.indexOf('/r/') === 0;
    var suffix = root.lang === 'en' ? '-en' : '';
    var elements = document.querySelectorAll('.boot [data-en]');
    for (var n = 0; n < elements.length; n++) {
      var element = elements[n];
      var ofRoom = inRoom ? element.getAttribute('data-room' + suffix) : null;
      var text = ofRoom === null && suffix ? element.getAttribute('data-en') : ofRoom;
      if (inRoom && element.hasAttribute('data-lobby')) { element.hidden = true }
      if (text === null) { continue }
      if (element.placeholder) { element.placeholder = text } else { element.textContent = text }
    }
  };

  // Replaces the page after a crash of the program. What was written is in the browser's storage already.
  window.showCrash = function () {
    if (document.getElementById('crash')) { return }
    // The program may still run timers: it gets no new connection, and draws into the old body.
    window.WebSocket = undefined;
    root.classList.remove('back');
    var words = CRASH[root.lang] || CRASH['zh-CN'];
    var body = document.createElement('body');
    body.innerHTML = '<main class="join"><div id="crash" class="card">' +
      '<p role="alert"></p><button class="btn wide" type="button"></button></div></main>';
    var button = body.querySelector('button');
    button.textContent = words[1];
    button.onclick = function () { location.reload() };
    root.replaceChild(body, document.body);
    // A screen reader reads an alert that changes, not one that is there from the beginning.
    body.querySelector('p').textContent = words[0];
    button.focus();
  };

  function showLoadFailure() {
    var problem = document.getElementById('boot-problem');
    if (!problem && document.readyState === 'loading') {
      document.addEventListener('DOMContentLoaded', showLoadFailure);
    }
    if (!problem || !problem.hidden) { return }
    root.classList.remove('back');
    document.getElementById('boot-state').textContent = '';
    var button = document.getElementById('boot-reload');
    button.onclick = function () { location.reload() };
    button.hidden = problem.hidden = false;
  }

  // A new version may have removed the parts that this page names. The page then reloads itself, once for the same parts.
  var isChecking = false;
  function onLoadFailure(isFatal) {
    if (isFatal) { showLoadFailure() }
    if (isChecking || document.body && document.body.dataset.ready) { return }
    isChecking = true;
    var parts = document.querySelectorAll('link[rel="stylesheet"], link[rel="modulepreload"], link[rel="preload"]');
    var names = [];
    for (var n = 0; n < parts.length; n++) { names.push(parts[n].href) }
    names.forEach(function (name) { reloadIfMissing(name, names.join()) });
  }
  function reloadIfMissing(name, version) {
    var request = new XMLHttpRequest();
    request.open('HEAD', name);
    request.onload = function () {
      if (request.status !== 404) { return }
      try {
        if (sessionStorage.getItem(MISSING_KEY) === version) { return }
        sessionStorage.setItem(MISSING_KEY, version);
      } catch (denied) { return }
      location.reload();
    };
    request.send();
  }

  // A panic aborts the program with a trap. Memory that runs out is a trap without a panic.
  function isTrap(error) { return typeof WebAssembly === 'object' && error instanceof WebAssembly.RuntimeError }
  addEventListener('error', function (event) {
    if (isTrap(event.error)) { return window.showCrash() }
    // The event of a part that does not load reaches the part alone.
    var name = event.target === window ? 'script' : event.target.localName;
    if (name === 'script' || name === 'link' && event.target.rel === 'stylesheet') { onLoadFailure(name === 'script') }
  }, true);
  addEventListener('unhandledrejection', function (event) {
    if (isTrap(event.reason)) { return window.showCrash() }
    onLoadFailure(true);
  });
  setTimeout(function late() {
    // The program may be here, and wait for the input method.
    if (document.querySelector('#name[data-composing]')) { setTimeout(late, 1000) } else { showLoadFailure() }
  }, 20000);
})();
