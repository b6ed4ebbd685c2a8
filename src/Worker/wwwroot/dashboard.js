// The little that a page does by itself: the theme before the first paint, keys, and what to say while the worker cannot be reached.
(() => {
  'use strict';

  // ---- theme ----
  const stored = () => { try { return localStorage.getItem('theme'); } catch { return null; } };
  const system = matchMedia('(prefers-color-scheme: dark)');
  const choice = () => { const kept = stored(); return kept === 'light' || kept === 'dark' ? kept : 'system'; };
  const isDark = () => { const chosen = choice(); return chosen === 'dark' || (chosen === 'system' && system.matches); };
  const paint = () => { document.documentElement.dataset.theme = isDark() ? 'dark' : 'light'; };
  paint();

  // ---- what the layout asks for ----
  let visitor = null;
  const tellTheme = () => { paint(); visitor?.invokeMethodAsync('OnThemeAsync', choice(), isDark()).catch(() => { }); };
  const tellLooking = () => visitor?.invokeMethodAsync('OnLookingAsync', !document.hidden).catch(() => { });
  system.addEventListener('change', tellTheme);
  document.addEventListener('visibilitychange', tellLooking);
  window.dashboard = {
    begin(reference) {
      visitor = reference;
      document.getElementById('splash')?.remove();
      return { choice: choice(), isDark: isDark(), isLooking: !document.hidden };
    },
    setTheme(chosen) {
      try { chosen === 'system' ? localStorage.removeItem('theme') : localStorage.setItem('theme', chosen); } catch { }
      tellTheme();
    },
    copy: text => navigator.clipboard?.writeText(text),
  };

  // ---- keys ----
  let goUntil = 0;
  const isTyping = element => element instanceof HTMLElement
    && (element.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(element.tagName));
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.getElementById('search');
    if (isTyping(event.target) && !(event.key === 'Escape' && event.target.closest('[role=dialog]'))) {
      if (event.key === 'Escape' && event.target === search) search.blur();
      return;
    }
    const dialog = document.querySelector('[role=dialog]');
    if (dialog) {
      if (event.key === 'Escape') dialog.querySelector('[data-escape]')?.click();
      return;
    }
    if (event.key === '/') { event.preventDefault(); search?.focus(); search?.select(); return; }
    if (event.key === '?') { event.preventDefault(); document.getElementById('help')?.click(); return; }
    const now = performance.now();
    if (now < goUntil) {
      goUntil = 0;
      const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); (link.matches('a') ? link : link.querySelector('a')).click(); }
      return;
    }
    if (event.key === 'g') goUntil = now + 1500;
  });

  // ---- the connection ----
  const away = () => document.getElementById('away');
  let isAway = false;
  const pause = milliseconds => new Promise(done => setTimeout(done, milliseconds));
  async function comeBack() {
    if (isAway) return;
    isAway = true;
    away()?.removeAttribute('hidden');
    for (let tries = 0; isAway; tries++) {
      await pause(Math.min(500 * 2 ** tries, 5000));
      if (!isAway) return;
      try {
        if (await Blazor.reconnect()) { back(); return; }
        // The worker answers and does not know this page: it is another worker, or it was started anew.
        location.reload();
        return;
      } catch {
        // Nobody answers yet. Where the worker answers and opens no WebSocket, the visitor's sign-in is over.
        if (tries > 1 && await fetch('healthz/live').then(answer => answer.ok, () => false)) { location.reload(); return; }
      }
    }
  }
  function back() { isAway = false; away()?.setAttribute('hidden', ''); }

  document.addEventListener('DOMContentLoaded', () => {
    if (typeof Blazor === 'undefined' || !document.querySelector('[data-dashboard]')) return;
    Blazor.start({
      circuit: {
        // One WebSocket and no negotiation before it, so that it does not matter which worker answers.
        configureSignalR: builder => builder.withUrl('_blazor', { skipNegotiation: true, transport: 1 }),
        reconnectionHandler: { onConnectionDown: comeBack, onConnectionUp: back },
      },
    });
    setTimeout(() => document.getElementById('splash-slow')?.removeAttribute('hidden'), 8000);
  });
})();
