(() => {
  "use strict";
  // Runs once per view on the page and sets up whatever is not set up yet, so the order of cells does not matter.
  const SORTED = "table.gm-table:not(.gm-figures)";
  const all = (root, selector) => Array.from(root.querySelectorAll(selector));
  const scopeOf = (element) => element.closest(".gm-scope") || element.closest(".gristmill");
  const rowsOf = (body) => Array.from(body.children).filter((row) => !row.classList.contains("gm-more"));
  const moreOf = (row) => {
    const next = row.nextElementSibling;
    return next && next.classList.contains("gm-more") ? next : null;
  };

  // Missing values come last in either direction; numbers sort as numbers, and in front of texts.
  const parse = (text) => {
    const plain = text.trim();
    if (plain === "" || plain === "–") return null;
    const value = Number(plain.replace("−", "-"));
    return Number.isNaN(value) ? plain.toLowerCase() : value;
  };
  const compare = (a, b, direction) => {
    if (a === null || b === null) return (a === null) - (b === null);
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return direction * (typeof a === "number" ? a - b : a.localeCompare(b, undefined, { numeric: true }));
  };
  const sortRows = (table, keyOf, direction) => {
    const body = table.tBodies[0];
    const units = rowsOf(body).map((row) => ({ row, more: moreOf(row), key: keyOf(row) }));
    units.sort((a, b) => compare(a.key, b.key, direction));
    for (const unit of units) {
      body.append(unit.row);
      if (unit.more) body.append(unit.more);
    }
  };
  const clearMarks = (table) => all(table, "th[aria-sort]").forEach((head) => head.removeAttribute("aria-sort"));

  const setUpTable = (table) => {
    Array.from(table.tHead.rows[0].cells).forEach((head, place) => {
      if (!head.textContent.trim()) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.classList.add("gm-sortable");
      button.addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        const first = head.classList.contains("gm-num") ? "descending" : "ascending";
        const next = now === null ? first : now === "ascending" ? "descending" : "ascending";
        clearMarks(table);
        head.setAttribute("aria-sort", next);
        const keyOf = (row) => {
          const cell = row.cells[place];
          return parse(cell.dataset.key === undefined ? cell.textContent : cell.dataset.key);
        };
        sortRows(table, keyOf, next === "ascending" ? 1 : -1);
      });
    });
    for (const row of rowsOf(table.tBodies[0])) {
      const more = moreOf(row);
      if (more) setUpUnfolding(row, more);
    }
  };

  // Details show the row's chart as it is now: with its scale and the alternative that is chosen.
  const enlarge = (row, more) => {
    const chart = row.querySelector(".gm-alternative:not([hidden]) > .gm-small, td > .gm-small");
    for (const place of all(more, ".gm-enlarged")) place.replaceChildren(...(chart ? [chart.cloneNode(true)] : []));
  };
  const enlargeAgain = (scope) => {
    for (const more of all(scope, ".gm-more:not([hidden])")) {
      if (more.querySelector(".gm-enlarged")) enlarge(more.previousElementSibling, more);
    }
  };

  const setUpUnfolding = (row, more) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "gm-unfold";
    button.textContent = "▶";
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-label", "Details of " + (row.dataset.label || row.cells[0].textContent.trim()));
    row.cells[0].prepend(button);
    more.hidden = true;
    button.addEventListener("click", () => {
      more.hidden = !more.hidden;
      if (!more.hidden) enlarge(row, more);
      button.setAttribute("aria-expanded", String(!more.hidden));
    });
  };

  const setUpSearch = (input) => {
    const scope = scopeOf(input);
    const found = scope.querySelector(".gm-found");
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      let shown = 0;
      let total = 0;
      for (const table of all(scope, SORTED)) {
        if (table.parentElement.closest("table")) continue; // folded into a row
        for (const row of rowsOf(table.tBodies[0])) {
          const more = moreOf(row);
          const whole = () => row.textContent + (more ? more.textContent : "");
          const text = row.dataset.label === undefined ? whole() : row.dataset.label;
          const hit = text.toLowerCase().includes(wanted);
          row.hidden = !hit;
          if (more) more.hidden = !hit || row.querySelector(".gm-unfold").getAttribute("aria-expanded") !== "true";
          total += 1;
          shown += hit;
        }
      }
      if (found) found.textContent = wanted ? shown + " of " + total : "";
    });
  };

  const setUpSort = (select) => {
    const scope = scopeOf(select);
    select.addEventListener("change", () => {
      const falling = select.value.startsWith("-");
      const name = "data-sort-" + (falling ? select.value.slice(1) : select.value);
      for (const table of all(scope, SORTED)) {
        if (!table.querySelector("tr[" + name + "]")) continue;
        clearMarks(table);
        sortRows(table, (row) => parse(row.getAttribute(name) || ""), falling ? -1 : 1);
      }
    });
  };

  const setUpChoice = (select) => {
    const scope = scopeOf(select);
    select.addEventListener("change", () => {
      const parents = new Set();
      for (const part of all(scope, ".gm-alternative")) {
        if (part.dataset.choice === select.dataset.choice) parents.add(part.parentElement);
      }
      for (const parent of parents) {
        const parts = Array.from(parent.children).filter((part) => part.dataset.choice === select.dataset.choice);
        const chosen = parts.find((part) => part.dataset.option === select.value) || parts[0];
        for (const part of parts) part.hidden = part !== chosen;
      }
      enlargeAgain(scope);
    });
  };

  // A bar is "M x base V top H right V base z": only its top moves.
  const redraw = (svg, logarithmic) => {
    const paths = all(svg, "path.gm-bars");
    const values = paths.map((path) => (path.dataset.values ? path.dataset.values.split(" ").map(Number) : []));
    const largest = Math.max(1, ...values.flat());
    paths.forEach((path, place) => {
      if (path.dataset.linear === undefined) path.dataset.linear = path.getAttribute("d");
      if (!logarithmic) {
        path.setAttribute("d", path.dataset.linear);
        return;
      }
      const bars = path.dataset.linear.split("z").filter(Boolean).map((bar, at) => {
        const base = Number(bar.slice(bar.lastIndexOf("V") + 1));
        const share = Math.log1p(values[place][at]) / Math.log1p(largest);
        return bar.replace(/V[-\d.]+/, "V" + Math.min(base - 1, base - share * (base - 4)).toFixed(1));
      });
      path.setAttribute("d", bars.map((bar) => bar + "z").join(""));
    });
  };
  const setUpLog = (box) => {
    const scope = scopeOf(box);
    box.addEventListener("change", () => {
      for (const svg of all(scope, ".gm-small:not(.gm-enlarged > *) > svg")) redraw(svg, box.checked);
      enlargeAgain(scope);
    });
  };

  const setUpTabs = (tabs, id) => {
    const panels = Array.from(tabs.children);
    const list = document.createElement("div");
    list.className = "gm-tablist";
    list.setAttribute("role", "tablist");
    const buttons = panels.map((panel, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = panel.dataset.name;
      button.setAttribute("role", "tab");
      button.id = id + "-tab-" + place;
      panel.id = id + "-panel-" + place;
      button.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", button.id);
      panel.querySelector(".gm-heading").hidden = true;
      list.append(button);
      return button;
    });
    const choose = (chosen) => {
      panels.forEach((panel, place) => {
        panel.hidden = place !== chosen;
        buttons[place].setAttribute("aria-selected", String(place === chosen));
        buttons[place].tabIndex = place === chosen ? 0 : -1;
      });
    };
    buttons.forEach((button, place) => {
      button.addEventListener("click", () => choose(place));
      button.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const next = (place + step + buttons.length) % buttons.length;
        choose(next);
        buttons[next].focus();
      });
    });
    tabs.prepend(list);
    choose(0);
  };

  // A graph that is larger than its frame shows first what it is about.
  const setUpGraph = (graph) => {
    const focus = graph.querySelector(".gm-node.gm-focus");
    if (!focus) return;
    const [node, frame] = [focus.getBoundingClientRect(), graph.getBoundingClientRect()];
    graph.scrollLeft += node.x + node.width / 2 - frame.x - frame.width / 2;
    graph.scrollTop += node.y + node.height / 2 - frame.y - frame.height / 2;
  };

  const setUp = (root) => {
    root.dataset.ready = "";
    all(root, SORTED).forEach(setUpTable);
    all(root, "input.gm-search").forEach(setUpSearch);
    all(root, "select.gm-sort").forEach(setUpSort);
    all(root, "select.gm-choice").forEach(setUpChoice);
    all(root, "input.gm-log").forEach(setUpLog);
    all(root, ".gm-graph").forEach(setUpGraph);
    all(root, ".gm-tabs").forEach((tabs, place) => setUpTabs(tabs, root.id + "-" + place));
  };
  // A view that is still being read has no end yet; its own script comes behind it.
  const setUpAll = () => all(document, ".gristmill:not([data-ready]):has(> .gm-last)").forEach(setUp);
  setUpAll();
  // Some front ends run a cell's script before its output is part of the page.
  requestAnimationFrame(setUpAll);
})();
