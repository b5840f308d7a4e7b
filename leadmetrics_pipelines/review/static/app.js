// Keys, palette, toasts, counters and other live bits. Everything works without it, only slower.
// No eval and no inline style: the page's policy forbids both.
"use strict";

(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const wide = matchMedia("(min-width: 1100px)");
  const year = 365 * 24 * 3600;

  const say = (text) => {
    const live = $("#live");
    live.textContent = "";
    setTimeout(() => { live.textContent = text; }, 30);
  };
  const typing = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

  // --- Theme and rail: a cookie, so that the server paints the right one at once -----------------------------------

  const keep = (name, value) => {
    const age = value ? year : 0;
    document.cookie = `${name}=${value}; path=/; max-age=${age}; samesite=lax`;
  };
  const setTheme = (choice) => {
    const value = choice === "system" ? "" : choice;
    keep("lm_theme", value);
    if (value) document.documentElement.dataset.theme = value;
    else delete document.documentElement.dataset.theme;
    say(`Theme: ${choice}`);
  };
  const toggleRail = () => {
    const root = document.documentElement;
    const narrow = root.dataset.rail !== "narrow";
    keep("lm_rail", narrow ? "narrow" : "");
    if (narrow) root.dataset.rail = "narrow"; else delete root.dataset.rail;
  };

  // --- Inbox: one cursor, which is the item that is shown ----------------------------------------------------------

  const rows = () => $$("#rows .row");
  const currentRow = () => $("#rows .row.is-current");
  const shownItem = () => $("#detail [data-item]")?.dataset.item || "";
  let opening = null;

  const markRow = (row) => {
    for (const other of $$("#rows .is-current")) {
      other.classList.remove("is-current");
      $("a", other).removeAttribute("aria-current");
    }
    if (!row) return;
    row.classList.add("is-current");
    $("a", row).setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "nearest" });
  };
  const openRow = (row) => {
    clearTimeout(opening);
    if (!row) return;
    markRow(row);
    $("a", row).click();
  };
  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(currentRow());
    const next = all[Math.min(all.length - 1, Math.max(0, at + step))] || all[0];
    if (next === currentRow()) return;
    markRow(next);
    clearTimeout(opening);
    if (wide.matches) opening = setTimeout(() => openRow(next), 90);
    else $("a", next).focus();
  };
  const pickCount = () => {
    const picked = $$("#rows input[name=pick]:checked").length;
    const bar = $("#bulk-bar");
    if (!bar) return;
    bar.hidden = picked === 0;
    $("[data-picked]", bar).textContent = String(picked);
    $(".inbox-list")?.classList.toggle("is-picking", picked > 0);
  };
  const dropRow = (id) => {
    const row = document.getElementById(`row-${id}`);
    if (!row) return;
    row.remove();
    const shown = $("#shown-count:not([data-waiting])");
    if (shown && /^\d+$/.test(shown.textContent)) shown.textContent = String(Math.max(0, Number(shown.textContent) - 1));
  };
  const syncInbox = () => {
    const inbox = $("#inbox");
    if (!inbox) return;
    const gone = $("#detail [data-gone]")?.dataset.gone;
    if (gone) dropRow(gone);
    const id = shownItem();
    if (id || gone || $("[data-bulk-done]")) inbox.dataset.open = ""; else delete inbox.dataset.open;
    const row = id && document.getElementById(`row-${id}`);
    markRow(row || null);
    // Decided down to the end of what is loaded: fetch the rows that the next items are in.
    if (id && !row) $("#tail a")?.click();
    pickCount();
  };
  const openFirst = () => {
    if ($("#inbox") && wide.matches && $("#detail [data-first-item]")) openRow(rows()[0]);
  };

  // --- Deciding: the shown item only, once per key press -------------------------------------------------------------

  // True from the moment a decision is sent until what follows it is on the page; a held key repeats into nothing.
  let deciding = false;
  // The item that a click on its row has asked for and that is not on the page yet.
  let fetching = null;
  const press = (key) => {
    const control = $(`#detail [data-key="${key}"], #item [data-key="${key}"]`);
    if (!control || control.disabled) return false;
    if (control.tagName === "SUMMARY") {
      control.parentElement.open = true;
      $("textarea", control.parentElement)?.focus();
    } else control.click();
    return true;
  };
  const decideByKey = (key) => {
    const cursor = currentRow();
    const settled = !deciding && !fetching && (!cursor || cursor.dataset.item === shownItem());
    return settled && press(key);
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    const row = event.target.closest?.("#rows .row");
    if (row && wide.matches) {
      // Fetching the shown item anew would take away a reason that is being typed.
      const onItsWay = fetching || shownItem();
      if (onItsWay === row.dataset.item) event.preventDefault(); else fetching = row.dataset.item;
      return;
    }
    if (!event.target.matches?.("[data-decision], [data-editor]")) return;
    if (deciding) { event.preventDefault(); return; }
    deciding = true;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const row = event.target.closest?.("#rows .row");
    if (row && row.dataset.item === fetching) fetching = null;
    if (event.target.matches?.("[data-decision], [data-editor]") && !event.detail.successful) deciding = false;
    if (event.target.matches?.("[data-reset]") && event.detail.successful) event.target.reset();
  });

  // --- Keys ----------------------------------------------------------------------------------------------------------

  let leader = "";
  const base = () => $("#pulse")?.getAttribute("hx-get").split("/pulse")[0] || "";
  const go = { t: "today", i: "inbox", m: "month", k: "calendar", c: "content", h: "channels", a: "audit", s: "settings" };
  const single = {
    j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1),
    a: () => decideByKey("a"), r: () => decideByKey("r"), d: () => decideByKey("d"), R: () => decideByKey("d"),
    e: () => decideByKey("e"),
    x: () => { const box = $("input[name=pick]", currentRow() || document.createElement("i")); if (box) { box.checked = !box.checked; pickCount(); } },
    z: () => $("[data-undo]")?.requestSubmit(),
    c: () => $("#comment-body")?.focus(),
    "?": () => $("#help")?.showModal(),
    "/": () => openPalette(),
  };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); openPalette(); return; }
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && typing(event.target)) { sendFormOf(event); return; }
    if (event.key === "Escape") { closeMenus(); if (typing(event.target)) event.target.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || $("dialog[open]")) return;
    if (event.key === "Enter") { if (document.activeElement === document.body) openRow(currentRow()); return; }
    const moves = ["j", "k", "ArrowDown", "ArrowUp"].includes(event.key);
    if (event.repeat && !moves) { event.preventDefault(); return; }
    if (event.key.startsWith("Arrow") && !event.target.closest?.(".inbox-list")) return;
    if (leader === "g" && go[event.key]) { leader = ""; location.assign(`${base()}/${go[event.key]}`); return; }
    leader = event.key === "g" ? "g" : "";
    const action = single[event.key];
    if (!action || (moves && !$("#inbox"))) return;
    event.preventDefault();
    action();
  });
  const sendFormOf = (event) => {
    const form = event.target.form;
    if (!form) return;
    event.preventDefault();
    // A click, not requestSubmit: htmx sends the name and value of the button that was clicked.
    $("button[name=decision], button[name=act], button[type=submit], button:not([type])", form)?.click();
  };

  // --- Menus, dialogs, palette ---------------------------------------------------------------------------------------

  const closeMenus = (except = null) => {
    for (const menu of $$("details[data-menu][open]")) if (!except || !menu.contains(except)) menu.open = false;
  };
  const openPalette = () => {
    const dialog = $("#palette");
    if (!dialog || dialog.open) return;
    dialog.showModal();
    const input = $("input", dialog);
    input.value = "";
    htmx.trigger(input, "open");
  };
  const moveHit = (step) => {
    const hits = $$("#palette .hit");
    const at = hits.findIndex((hit) => hit.classList.contains("is-active"));
    const next = hits[(at + step + hits.length) % hits.length];
    hits.forEach((hit) => {
      hit.classList.toggle("is-active", hit === next);
      hit.parentElement.setAttribute("aria-selected", String(hit === next));
    });
    next?.scrollIntoView({ block: "nearest" });
    if (next) $("#palette-input").setAttribute("aria-activedescendant", next.parentElement.id);
  };
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "palette-input") return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); moveHit(event.key === "ArrowDown" ? 1 : -1); }
    if (event.key === "Enter") { event.preventDefault(); $("#palette .hit.is-active")?.click(); }
  });

  const actions = {
    palette: openPalette,
    help: () => $("#help")?.showModal(),
    rail: toggleRail,
    dismiss: (button) => button.closest("[data-toast]").remove(),
    unpick: () => { for (const box of $$("#rows input[name=pick]:checked")) box.checked = false; pickCount(); },
    back: () => history.back(),
    "retry-now": () => ping(),
  };
  document.addEventListener("click", (event) => {
    closeMenus(event.target);
    const control = event.target.closest("[data-do]");
    if (control) actions[control.dataset.do]?.(control);
    const theme = event.target.closest("[data-theme-choice]");
    if (theme) { setTheme(theme.dataset.themeChoice); closeMenus(); }
    if (event.target.matches("dialog")) event.target.close();
  });
  document.addEventListener("change", (event) => { if (event.target.name === "pick") pickCount(); });

  // --- Live bits: toasts, counters, ages, frames, tips -----------------------------------------------------------------

  const readyToasts = (root) => {
    for (const toast of $$("[data-toast]:not([data-ready])", root)) {
      toast.dataset.ready = "";
      setTimeout(() => toast.remove(), Number(toast.dataset.stay));
    }
  };
  // Lengths that are plain to count are counted at once; X's weights and graphemes wait for the server, whose answer
  // (domain/counting.py) holds for all of them and arrives with the preview.
  const reserved = /[\\|{}@[\]()<>#*_~]/g;
  const lengthIn = {
    characters: (text) => [...text].length,
    utf16: (text) => text.length,
    linkedin_escaped: (text) => [...text].length + (text.match(reserved) || []).length,
  };
  const measuredOf = (field) => $(`[data-live] [data-measured="${field.id}"]`);
  const countMeasured = (counter, field, measured) => {
    const { unit, most, extra } = measured.dataset;
    const plain = lengthIn[unit];
    if (!plain) return;
    const text = field.value.trim();
    const length = plain(text) + (text ? Number(extra) : 0);
    counter.textContent = `${length.toLocaleString("en")}${most ? ` / ${Number(most).toLocaleString("en")}` : ""}`;
    counter.classList.toggle("is-over", most !== "" && length > Number(most));
  };
  const count = (counter) => {
    const field = document.getElementById(counter.dataset.counter);
    if (!field) return;
    const measured = measuredOf(field);
    if (measured) { countMeasured(counter, field, measured); return; }
    const text = field.value;
    const words = (text.match(/[\p{L}\p{N}_]+(?:['’-][\p{L}\p{N}_]+)*/gu) || []).length;
    const limit = Number(counter.dataset.limit);
    const chars = `${text.length.toLocaleString("en")}${limit ? ` / ${limit}` : ""} characters`;
    counter.textContent = counter.dataset.unit === "words" ? `${words.toLocaleString("en")} words, ${chars}` : chars;
    counter.classList.toggle("is-over", limit > 0 && text.length > limit);
  };
  // The server has counted: its numbers stand at the fields, too.
  const takeCounts = (live) => {
    for (const measured of $$("[data-measured][data-count]", live)) {
      const counter = $(`[data-counter="${measured.dataset.measured}"]`);
      if (!counter) continue;
      const { most, count: length } = measured.dataset;
      const over = most !== "" && Number(length) > Number(most);
      const text = `${Number(length).toLocaleString("en")}${most ? ` / ${Number(most).toLocaleString("en")}` : ""}`;
      if (counter.textContent !== text) counter.textContent = text;
      if (over && !counter.classList.contains("is-over")) say(`Too long: ${text}`);
      counter.classList.toggle("is-over", over);
    }
  };
  document.addEventListener("input", (event) => {
    const counter = $(`[data-counter="${event.target.id}"]`);
    if (counter) count(counter);
    const form = event.target.closest("[data-guard]");
    if (form) form.dataset.dirty = "";
    schedulePreview(event.target);
  });
  const age = (seconds) => {
    const span = Math.abs(seconds);
    if (span < 60) return "now";
    const [n, unit] = span < 3600 ? [span / 60, "min"] : span < 86400 ? [span / 3600, "h"] : [span / 86400, "d"];
    return seconds < 0 ? `in ${Math.floor(n)} ${unit}` : `${Math.floor(n)} ${unit} ago`;
  };
  const refreshAges = () => {
    for (const time of $$("time[data-ago]")) {
      const text = age((Date.now() - Date.parse(time.dateTime)) / 1000);
      if (time.textContent !== text) time.textContent = text;
    }
  };
  const fitFrame = (frame) => {
    const fit = () => {
      const page = frame.contentDocument?.documentElement;
      if (page && frame.contentDocument.body?.childElementCount) frame.style.height = `${page.scrollHeight}px`;
      frame.classList.add("is-fitted");
      frame.contentDocument?.addEventListener("keydown", (event) => {
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: event.key, repeat: event.repeat, ctrlKey: event.ctrlKey, metaKey: event.metaKey, bubbles: true, cancelable: true }));
      });
    };
    frame.addEventListener("load", fit);
    if (frame.contentDocument?.readyState === "complete" && frame.contentDocument.URL !== "about:blank") fit();
  };
  let tip = null;
  const showTip = (cell) => {
    tip?.remove();
    tip = document.createElement("div");
    tip.className = "tip";
    tip.setAttribute("aria-hidden", "true");
    tip.textContent = cell.dataset.tip;
    document.body.append(tip);
    const box = cell.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8));
    const below = box.bottom + 6 + tip.offsetHeight < innerHeight;
    tip.style.left = `${left}px`;
    tip.style.top = `${below ? box.bottom + 6 : box.top - tip.offsetHeight - 6}px`;
  };
  const hideTip = () => { tip?.remove(); tip = null; };
  for (const [on, off] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
    document.addEventListener(on, (event) => { const cell = event.target.closest?.("[data-tip]"); if (cell) showTip(cell); });
    document.addEventListener(off, hideTip);
  }

  let previewTimer = null;
  const schedulePreview = (field) => {
    const box = $(`[data-preview-of="${field.id}"]`);
    if (!box?.open) return;
    clearTimeout(previewTimer);
    previewTimer = setTimeout(() => refreshPreview(box), 350);
  };
  // A form of its own posts the typed text into the frame; the server renders and sanitises it, and stores nothing.
  const refreshPreview = (box) => {
    const editor = box.closest("form");
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: box.dataset.previewHref, target: "typed-preview", hidden: true });
    for (const name of ["csrf", "title", "excerpt", "body", "image_digest", "image_alt"]) {
      const input = document.createElement("textarea");
      input.name = name;
      input.value = editor.elements[name]?.value || "";
      form.append(input);
    }
    document.body.append(form);
    form.submit();
    form.remove();
  };
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("[data-preview-of]") && event.target.open) refreshPreview(event.target);
    if (event.target.matches?.("[data-reason]") && event.target.open) $("textarea", event.target)?.focus();
  }, true);
  addEventListener("beforeunload", (event) => { if ($("[data-guard][data-dirty]")) event.preventDefault(); });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-guard]")) delete event.target.dataset.dirty;
    // A form sent twice would only meet "somebody was first"; spare people that.
    if (!event.target.hasAttribute("hx-post")) {
      if (event.target.dataset.sent) event.preventDefault();
      event.target.dataset.sent = "yes";
      setTimeout(() => { delete event.target.dataset.sent; }, 3000);
    }
  });
  addEventListener("pageshow", () => { for (const form of $$("form[data-sent]")) delete form.dataset.sent; });

  // --- Calendar: drag a post to a day, or move it with Alt and the arrows ---------------------------------------------

  const eventOf = (node) => node.closest?.("[data-event][data-movable]");
  const dayOf = (node) => node.closest?.("[data-day]");
  let dragged = null;
  const moveEvent = (item, day, at) => {
    const form = $("form[data-move]", item);
    if (!form || !day || day === item.dataset.date) return;
    form.elements.day.value = day;
    if (at) form.elements.at.value = at;
    sessionStorage.setItem("lm_moved", item.id);
    form.requestSubmit();
  };
  const shiftDay = (iso, days) => {
    const day = new Date(`${iso}T12:00:00Z`);
    day.setUTCDate(day.getUTCDate() + days);
    return day.toISOString().slice(0, 10);
  };
  document.addEventListener("dragstart", (event) => {
    dragged = eventOf(event.target);
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.id);
    dragged.classList.add("is-dragged");
  });
  document.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragged");
    dragged = null;
    $$(".day.is-over").forEach((day) => day.classList.remove("is-over"));
  });
  document.addEventListener("dragover", (event) => {
    const day = dragged && dayOf(event.target);
    if (!day) return;
    event.preventDefault();
    for (const other of $$(".day.is-over")) if (other !== day) other.classList.remove("is-over");
    day.classList.add("is-over");
  });
  document.addEventListener("drop", (event) => {
    const day = dragged && dayOf(event.target);
    if (!day) return;
    event.preventDefault();
    const slot = event.target.closest("[data-slot]")?.dataset.slot || $("[data-slot]", day)?.dataset.slot;
    moveEvent(dragged, day.dataset.day, slot ? slot.slice(11, 16) : "");
  });
  const alongDays = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  document.addEventListener("keydown", (event) => {
    const item = event.altKey && event.key in alongDays && eventOf(event.target);
    if (!item || event.repeat || typing(event.target)) return;
    event.preventDefault();
    const from = item.dataset.date || new Date().toISOString().slice(0, 10);
    moveEvent(item, shiftDay(from, alongDays[event.key]));
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const moved = event.detail.target?.id === "calendar" && sessionStorage.getItem("lm_moved");
    if (!moved) return;
    sessionStorage.removeItem("lm_moved");
    $("a", document.getElementById(moved) || document.createElement("i"))?.focus();
  });

  // --- After a swap ------------------------------------------------------------------------------------------------------

  const ready = (root) => {
    readyToasts(document);
    $$("[data-counter]", root).forEach(count);
    $$("[data-live]", root).forEach(takeCounts);
    $$("iframe[data-fit]:not(.is-watched)", root).forEach((frame) => { frame.classList.add("is-watched"); fitFrame(frame); });
    if (shownItem() && !currentRow()) markRow(document.getElementById(`row-${shownItem()}`));
    const now = $("[data-waiting-now]");
    if (now) for (const badge of $$("[data-waiting]")) badge.textContent = now.dataset.waitingNow;
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    ready(document);
    const target = event.detail.target;
    if (target?.id === "detail" || target?.id === "item") {
      deciding = false;
      syncInbox();
      if (document.activeElement === document.body || !document.activeElement?.isConnected || target.contains(document.activeElement)) {
        $("[data-focus]", $("#detail") || document)?.focus({ preventScroll: true });
      }
      const title = $("#item")?.dataset.title;
      if (title) say(title);
    }
    if (target?.id === "palette-hits") moveHit(0);
  });
  document.body.addEventListener("lm:say", (event) => say(event.detail.value));
  document.body.addEventListener("lm:decided", (event) => { dropRow(event.detail.value); deciding = false; syncInbox(); });
  document.body.addEventListener("lm:removed", (event) => { event.detail.value.forEach(dropRow); syncInbox(); });

  // --- A server that does not answer -------------------------------------------------------------------------------------

  let retry = null;
  const ping = async () => {
    clearTimeout(retry);
    try {
      const answer = await fetch("/healthz", { cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      $("#offline").hidden = true;
      retry = null;
      say("The server answers again");
    } catch {
      $("#offline").hidden = false;
      retry = setTimeout(ping, 3000);
    }
  };
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => { deciding = false; $("#offline").hidden = false; if (!retry) retry = setTimeout(ping, 1500); });
  }

  ready(document);
  syncInbox();
  openFirst();
  setInterval(refreshAges, 20000);
})();
