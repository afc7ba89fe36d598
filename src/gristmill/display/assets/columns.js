(() => {
  "use strict";
  // Column charts (charts/columns.py): draws the chosen measure in the chosen order, and hides what is small or not
  // searched for, in the plot and in the tables of its group.
  const all = (root, selector) => Array.from(root.querySelectorAll(selector));
  const make = (tag, classes, parent) => {
    const element = document.createElement(tag);
    if (classes) element.className = classes;
    if (parent) parent.append(element);
    return element;
  };

  // Three digits and a power of ten, as Python writes them: 1.5e-05.
  const power = (size) => {
    const [digits, exponent] = size.toExponential(2).split("e");
    if (exponent === "-4") return "0.0001"; // 0.00009999 rounds up to it
    return Number(digits) + "e" + exponent[0] + exponent.slice(1).padStart(2, "0");
  };
  // The same rules as numbers.py; a test compares them.
  const number = (value) => {
    if (typeof value === "string") return value;
    const size = Math.abs(value);
    const sign = value < 0 ? "−" : "";
    const grouped = (digits) => size.toLocaleString("en-US", { maximumFractionDigits: digits, minimumFractionDigits: digits });
    if (Number.isInteger(value) && size < 1e15) return sign + grouped(0);
    if (size >= 1e15 || size < 1e-4) return sign + power(size);
    if (size >= 1e6) return sign + grouped(0);
    if (size >= 100) return sign + grouped(1);
    return sign + String(Number(size.toPrecision(size >= 1 ? 5 : 4)));
  };
  const stepOf = (low, high) => {
    const rough = (high - low) / 4;
    const power = 10 ** Math.floor(Math.log10(rough));
    return power * [1, 2, 5, 10].find((factor) => power * factor >= rough * 0.999);
  };
  const ticks = (low, high) => {
    const step = stepOf(low, high);
    const found = [];
    for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at += 1) found.push(at * step);
    return found.map((value) => Number(value.toPrecision(12)));
  };
  const valueOf = (reading) => (Array.isArray(reading) ? reading[0] : reading);
  const isNumber = (value) => typeof value === "number";

  const setUp = (plot) => {
    plot.dataset.drawn = "";
    const figures = JSON.parse(plot.dataset.figures);
    const scope = plot.closest(".gm-scope") || plot.parentElement;
    const control = (name) => scope.querySelector(name);
    const measure = control("select.gm-measure");
    const order = control("select.gm-order");
    const least = control("input.gm-least");
    const zero = control("input.gm-zero");
    const search = control("input.gm-search");
    const sized = figures.categories.some((category) => isNumber(category.size));
    const mostExamples = Math.max(1, ...figures.categories.map((category) => (isNumber(category.size) ? category.size : 0)));

    const shown = (chosen) => {
      const wanted = search ? search.value.trim().toLowerCase() : "";
      const limit = least ? Number(least.value) || 0 : 0;
      const kept = figures.categories.filter(
        (category) => category.label.toLowerCase().includes(wanted) && !(isNumber(category.size) && category.size < limit),
      );
      const key = order ? order.value : "";
      const of = (category) => (key.endsWith("size") ? category.size : valueOf(category.readings[chosen][0]));
      if (!key) return kept;
      const direction = key.startsWith("-") ? -1 : 1;
      return kept
        .map((category) => ({ category, value: of(category) }))
        .sort((a, b) => isNumber(b.value) - isNumber(a.value) || (isNumber(a.value) ? direction * (a.value - b.value) : 0))
        .map((one) => one.category);
    };

    const range = (categories, chosen) => {
      const ends = figures.references[chosen].filter(isNumber);
      for (const category of categories) {
        for (const reading of category.readings[chosen]) ends.push(...[reading].flat().filter(isNumber));
      }
      let low = ends.length ? Math.min(...ends) : 0;
      let high = ends.length ? Math.max(...ends) : 1;
      const fromZero = !zero || zero.checked;
      if (fromZero) {
        low = Math.min(0, low);
        high = Math.max(0, high);
      } else {
        const room = (high - low) * 0.08 || Math.abs(high) * 0.1 || 1;
        low -= room;
        high += room;
      }
      if (!(high > low)) high = low + 1;
      if (fromZero) {
        const step = stepOf(low, high);
        low = Math.floor(low / step + 1e-9) * step;
        high = Math.ceil(high / step - 1e-9) * step;
      }
      return { low, high, base: Math.min(Math.max(0, low), high) };
    };

    const told = (category, chosen) => {
      const lines = [category.label];
      category.readings[chosen].forEach((reading, place) => {
        if (reading === null) return;
        const interval = Array.isArray(reading) ? " (" + number(reading[1]) + " to " + number(reading[2]) + ")" : "";
        const of = figures.series.length > 1 ? " " + figures.series[place] : "";
        lines.push(figures.measures[chosen] + of + ": " + number(valueOf(reading)) + interval);
      });
      if (isNumber(category.size)) lines.push(number(category.size) + " examples");
      return lines.join("\n");
    };

    const bar = (stand, reading, place, scale) => {
      const value = valueOf(reading);
      const slot = make("div", "", stand);
      if (reading === null) return;
      if (!isNumber(value)) {
        make("span", "gm-plot-nothing", slot).textContent = value;
        return;
      }
      const share = (end) => ((end - scale.low) / (scale.high - scale.low)) * 100;
      const draw = (element, from, to) => {
        element.style.bottom = share(Math.min(from, to)).toFixed(2) + "%";
        element.style.height = Math.abs(share(to) - share(from)).toFixed(2) + "%";
      };
      draw(make("i", "gm-s" + (place % 6) + (value < scale.base ? " gm-plot-below" : ""), slot), scale.base, value);
      if (Array.isArray(reading) && isNumber(reading[1]) && isNumber(reading[2])) {
        draw(make("u", "", slot), reading[1], reading[2]);
      }
    };

    const drawGrid = (drawing, chosen, scale) => {
      const grid = make("div", "gm-plot-grid", drawing);
      const place = (value) => (((value - scale.low) / (scale.high - scale.low)) * 100).toFixed(2) + "%";
      for (const tick of ticks(scale.low, scale.high)) {
        const line = make("span", tick === scale.base ? "gm-plot-nought" : "", grid);
        line.style.bottom = place(tick);
        make("b", "", line).textContent = number(tick);
      }
      figures.references[chosen].forEach((value, at) => {
        if (!isNumber(value)) return;
        const line = make("span", "gm-plot-reference gm-s" + (at % 6), grid);
        line.style.bottom = place(value);
      });
      const told = figures.references[chosen].filter((value) => value !== null).map(number);
      if (told.length) make("span", "gm-plot-reference-name", drawing).textContent = figures.reference + " " + told.join(", ");
    };

    // Labels lie where they fit; many or long ones lean, and of very many only every so-manyth is told.
    const label = (drawing, columns, categories) => {
      const room = columns.clientWidth / Math.max(categories.length, 1);
      if (!room) return;
      const longest = Math.max(0, ...categories.map((category) => category.label.length)) * 6.6 + 6;
      const number = categories.every((category) => category.label.trim() !== "" && !Number.isNaN(Number(category.label)));
      const leaning = longest > room && !number;
      const every = Math.max(1, Math.ceil((leaning ? 15 : longest) / room));
      drawing.classList.toggle("gm-plot-leaning", leaning);
      drawing.classList.toggle("gm-plot-dense", room < 8);
      all(columns, ".gm-plot-under").forEach((under, at) => {
        under.textContent = "";
        if (at % every === 0) make("span", "", under).textContent = categories[at].label;
      });
    };

    let widthDrawn = 0;
    const legend = plot.querySelector(".gm-legend");
    const draw = () => {
      const chosen = measure ? Number(measure.value) : 0;
      // A change is one series, of no model's colour alone.
      if (legend) legend.hidden = figures.categories.every((category) => category.readings[chosen].length < 2);
      const categories = shown(chosen);
      const scale = range(categories, chosen);
      const drawing = make("div", "gm-plot-drawing");
      drawing.setAttribute("role", "img");
      drawing.setAttribute("aria-label", figures.measures[chosen] + " by " + figures.name);
      drawGrid(drawing, chosen, scale);
      if (sized) make("span", "gm-plot-size-name", drawing).textContent = "examples";
      const columns = make("div", "gm-plot-columns", drawing);
      for (const category of categories) {
        const column = make("div", "gm-plot-column", columns);
        column.title = told(category, chosen);
        const stand = make("div", "gm-plot-stand", column);
        category.readings[chosen].forEach((reading, place) => bar(stand, reading, place, scale));
        if (sized) {
          const size = make("div", "gm-plot-size", column);
          const height = isNumber(category.size) ? (category.size / mostExamples) * 100 : 0;
          make("i", "", size).style.height = height.toFixed(2) + "%";
        }
        make("span", "gm-plot-under", column);
      }
      make("div", "gm-plot-axis", drawing).textContent = categories.length ? figures.name : "nothing to show";
      plot.querySelector(".gm-plot-drawing").replaceWith(drawing);
      widthDrawn = columns.clientWidth;
      label(drawing, columns, categories);
    };

    const hideSmallRows = () => {
      const limit = Number(least.value) || 0;
      for (const row of all(scope, "tr[data-sort-examples]")) {
        row.classList.toggle("gm-few", Number(row.dataset.sortExamples) < limit && !row.querySelector(".gm-overall"));
      }
    };

    for (const select of [measure, order, zero]) if (select) select.addEventListener("change", draw);
    if (search) search.addEventListener("input", draw);
    if (least) {
      least.addEventListener("input", () => {
        hideSmallRows();
        draw();
      });
    }
    new ResizeObserver(() => {
      const columns = plot.querySelector(".gm-plot-columns");
      if (columns.clientWidth && columns.clientWidth !== widthDrawn) draw();
    }).observe(plot);
    draw();
  };
  const setUpAll = () => all(document, ".gristmill:has(> .gm-last) .gm-plot:not([data-drawn])").forEach(setUp);
  setUpAll();
  requestAnimationFrame(setUpAll);
})();
