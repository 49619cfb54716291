"use strict";
// What if a figure, a base or a mark were another one? All arithmetic is exact, over the trace of the page, and follows
// smartcert/evaluation step by step; a test compares both. Nothing is stored or sent.

// fractions: [numerator, denominator] in lowest terms, the denominator positive
const gcd = (a, b) => { while (b) [a, b] = [b, a % b]; return a < 0n ? -a : a; };
const lcm = numbers => numbers.reduce((a, b) => a / gcd(a, b) * b, 1n);
const fraction = (n, d = 1n) => { const g = gcd(n, d) * (d < 0n ? -1n : 1n); return [n / g, d / g]; };
const read = text => fraction(...String(text).split("/").map(BigInt));
const add = (a, b) => fraction(a[0] * b[1] + b[0] * a[1], a[1] * b[1]);
const times = (a, b) => fraction(a[0] * b[0], a[1] * b[1]);
const over = (a, b) => fraction(a[0] * b[1], a[1] * b[0]);
const minus = (a, b) => add(a, [-b[0], b[1]]);
const compare = (a, b) => { const left = a[0] * b[1], right = b[0] * a[1]; return left < right ? -1 : left > right ? 1 : 0; };
const sum = list => list.reduce(add, [0n, 1n]);
const ZERO = [0n, 1n], ONE = [1n, 1n];
const most = (a, b) => compare(a, b) < 0 ? b : a;
const least = (a, b) => compare(a, b) > 0 ? b : a;
const clamp = (x, rule) => {
  const raised = rule?.floor !== undefined ? most(x, read(rule.floor)) : x;
  return rule?.cap !== undefined ? least(raised, read(rule.cap)) : raised;
};
const scaled = (x, digits, mode) => { // x times a power of ten, as a whole number
  const [n, d] = [(x[0] < 0n ? -x[0] : x[0]) * 10n ** BigInt(digits), x[1]];
  const whole = n / d, rest = 2n * (n % d);
  const up = mode !== "down" && (rest > d || (rest === d && !(mode === "half_even" && whole % 2n === 0n)));
  return (x[0] < 0n ? -1n : 1n) * (whole + (up ? 1n : 0n));
};
const round = (x, rule) => rule ? fraction(scaled(x, rule.digits, rule.mode), 10n ** BigInt(rule.digits)) : x;
const root = (number, degree) => { // the greatest whole number whose power is at most this one
  if (number < 2n || degree === 1n) return number;
  let guess = 1n << BigInt(Math.ceil(number.toString(2).length / Number(degree)));
  for (;;) {
    const next = ((degree - 1n) * guess + number / guess ** (degree - 1n)) / degree;
    if (next >= guess) return guess;
    guess = next;
  }
};

// from figures and marks to a value
const given = (changes, key, before) => Object.hasOwn(changes, key) ? changes[key] : before;
const DIVIDED = new Error("divided by zero");
const evaluate = (text, known) => { // a formula as smartcert/model/formula.py reads it
  const tokens = text.match(/\d+(?:\.\d+)?|\w+|\S/g);
  const chain = (part, steps) => {
    let x = part();
    while (Object.hasOwn(steps, tokens[0] ?? "")) x = steps[tokens.shift()](x, part());
    return x;
  };
  const divide = (a, b) => { if (!b[0]) throw DIVIDED; return over(a, b); };
  const total = () => chain(() => chain(part, { "*": times, "/": divide }), { "+": add, "-": minus });
  const part = () => {
    const token = tokens.shift(), pick = { min: least, max: most }[token];
    if (token === "-") return minus(ZERO, part());
    if (token !== "(" && !pick) return /^\d/.test(token) ? parse(token) : known[token];
    if (pick) tokens.shift();
    let x = total();
    while (tokens.shift() === ",") x = pick(x, total());
    return x;
  };
  return total();
};
const derive = (one, changes, bases) => { // the value of an indicator with a formula
  const known = { ...bases }, gone = [];
  for (const figure of one.figures) {
    const own = given(changes, figure.id, figure.values.at(-1));
    if (missing(own) && figure[own] !== "zero") gone.push(own);
    known[figure.id] = missing(own) ? ZERO : read(own);
  }
  if (gone.length) return gone.includes("absent") ? "absent" : "not_applicable";
  try { return evaluate(one.formula, known); } catch (problem) { if (problem !== DIVIDED) throw problem; }
  return !one.divided_by_zero || one.divided_by_zero === "zero" ? one.divided_by_zero ? ZERO : "absent" : one.divided_by_zero;
};

// from a value to points
const missing = value => value === "absent" || value === "not_applicable";
const corners = one => {
  const { scale } = one, full = one.points;
  if (scale.kind !== "target") return (scale.corners ?? scale.rows).map(corner => [read(corner.value), read(corner.points)]);
  const ends = [[scale.zero_below, "0"], [scale.full_from, full], [scale.full_from === scale.full_to ? undefined : scale.full_to, full], [scale.zero_above, "0"]];
  return ends.filter(end => end[0] !== undefined).map(([value, points]) => [read(value), read(points)]);
};
const alongCorners = (list, x, between) => {
  if (compare(x, list[0][0]) <= 0) return list[0][1];
  const at = list.findIndex(corner => compare(x, corner[0]) < 0);
  if (at < 0) return list.at(-1)[1];
  const [low, high] = [list[at - 1], list[at]];
  if (between === "lower" || compare(x, low[0]) === 0) return low[1];
  if (between === "nearest") return compare(add(x, x), add(low[0], high[0])) >= 0 ? high[1] : low[1];
  return add(low[1], times(over(minus(x, low[0]), minus(high[0], low[0])), minus(high[1], low[1])));
};
const apply = (one, x, full) => {
  const { scale } = one;
  const band = fits => { const found = scale.bands.find(fits); return read(found ? found.points : scale.otherwise); };
  switch (scale.kind) {
    case "bands": return band(row => compare(x, read(row.bound)) * (one.lower ? -1 : 1) >= 0);
    case "linear": case "marks": {
      const [zero, end] = [read(scale.zero_at), read(scale.full_at)];
      return times(full, clamp(over(minus(x, zero), minus(end, zero)), { floor: 0, cap: 1 }));
    }
    case "yes_no": return x[0] ? full : ZERO;
    case "counted": return times(read(scale.points_each), most(least(x, read(scale.cap)), ZERO));
    case "piecewise": case "target": return alongCorners(corners(one), x, "linear");
    case "table": return alongCorners(corners(one), x, scale.between);
    case "rank": { // the rank stays: the values of others are not in this page
      const [rank, of] = one.places.at(-1).map(BigInt);
      const reached = scale.by === "position" ? [rank, 1n] : fraction(100n * rank, of);
      return band(row => compare(reached, read(row.bound)) <= 0);
    }
    default: throw new Error(scale.kind);
  }
};
const counting = (marks, excluded) => Object.entries(marks.marks ?? {}).filter(([name, mark]) => !missing(mark) && !Object.hasOwn(excluded, name));
const combine = (one, changes, excluded, rounding) => { // several marks become one
  const { marks } = one;
  if (!marks.marks) return read(marks.combined);
  const list = counting(marks, excluded).map(([name, mark]) => read(given(changes, `${one.id}/${name}`, mark))).sort(compare);
  const drop = marks.method === "median" ? (list.length - 1) >> 1 : marks.method === "trimmed_mean" ? marks.drop ?? 0 : 0;
  const counted = list.slice(drop, list.length - drop);
  return round(over(sum(counted), [BigInt(counted.length), 1n]), rounding);
};

// Computes total, level, sections and indicators. `changes` has other values or combined marks by the id of an indicator,
// figures of a formula by their own id, single marks by indicator/evaluator, and bases by base:id.
const divisor = one => one.per ?? (one.per_people && { base: "population", times: one.per_people });
const listBases = trace => [...(trace.bases ?? []), ...(trace.population ? [{ id: "population", value: trace.population }] : [])];
const compute = (trace, changes) => {
  const rounding = Object.fromEntries((trace.rounding ?? []).map(rule => [rule.at, rule]));
  const bases = Object.fromEntries(listBases(trace).map(base => [base.id, read(given(changes, `base:${base.id}`, base.value))]));
  const indicators = {}, values = {}, measures = {}, sections = {}, possible = {}, further = [];
  const value = one => {
    const own = given(changes, one.id, null) ?? (one.marks ? combine(one, changes, trace.excluded ?? {}, rounding.mark)
      : one.figures ? derive(one, changes, bases) : one.values.at(-1));
    return Array.isArray(own) || missing(own) ? own : read(own);
  };
  const score = (one, factor) => {
    const own = measures[one.id] = values[one.id], counted = !one.effect, full = one.effect === "prerequisite" ? ONE : read(one.points);
    possible[one.id] = full;
    if (missing(own)) {
      if (counted && one[own] === "redistribute") possible[one.id] = ZERO;
      return ZERO;
    }
    const per = divisor(one), exact = per ? over(times(own, read(per.times)), bases[per.base]) : own;
    const points = apply(one, measures[one.id] = per || one.formula ? round(exact, rounding.measure) : exact, full);
    if (one.effect === "prerequisite") return compare(points, full) >= 0 ? ONE : ZERO;
    const rounded = round(points, rounding.indicator);
    if (!counted || !factor) return rounded;
    possible[one.id] = times(full, factor);
    return times(rounded, factor);
  };
  const scoreItem = list => {
    for (const one of list) values[one.id] = value(one);
    const giving = list.filter(one => missing(values[one.id]) && one[values[one.id]] === "redistribute");
    const all = list.filter(one => !one.effect), of = part => sum(part.map(one => read(one.points)));
    const taking = of(all.filter(one => !giving.includes(one)));
    const factor = giving.length ? (taking[0] ? over(of(all), taking) : ONE) : null;
    for (const one of list) indicators[one.id] = score(one, factor);
  };
  const weight = section => read(section.combine?.weight ?? 1);
  const addUp = section => {
    scoreItem(section.indicators ?? []);
    const counted = (section.sections ?? []).map(part => times(weight(part), addUp(part))), own = [];
    for (const one of section.indicators ?? []) {
      if (!one.effect) counted.push(indicators[one.id]);
      else if (one.effect !== "prerequisite") (one.counts_at === "section" ? own : further).push([one.effect, indicators[one.id]]);
    }
    if (section.combine?.best !== undefined) counted.sort((a, b) => compare(b, a)).splice(section.combine.best);
    const total = clamp(sum([...counted, ...own.map(pair => pair[1])]), section.combine);
    possible[section.id] = read(section.points);
    return sections[section.id] = section.indicators ? round(total, rounding.item) : total;
  };
  const parts = trace.domains.map(domain => {
    const total = sections[domain.id] = round(addUp(domain), rounding.domain);
    return [total, read(domain.points), weight(domain)];
  });
  const [exact, points] = total(parts, further, trace.total_rule, rounding.total);
  return { exact, points, sections, indicators, values, measures, level: trace.placing ? null : level(trace, points, { ...sections, ...indicators }, possible) };
};
const total = (parts, further, rule, rounding) => {
  const bonus = sum(further.filter(pair => pair[0] === "bonus").map(pair => pair[1]));
  const lost = sum(further.filter(pair => pair[0] !== "bonus").map(pair => pair[1]));
  const extra = add(rule?.bonus_cap !== undefined ? least(bonus, read(rule.bonus_cap)) : bonus, lost);
  const finish = own => clamp(add(own, extra), { floor: 0, ...rule });
  const both = own => [finish(own), round(finish(own), rounding)];
  if (!rule || rule.method === "sum") return both(sum(parts.map(([points, , weight]) => times(weight, points))));
  const shares = parts.filter(part => part[1][0]).map(([points, out, weight]) => [over(most(points, ZERO), out), weight]);
  const out = read(rule.out_of);
  if (rule.method === "arithmetic") {
    const mean = over(sum(shares.map(pair => times(...pair))), sum(shares.map(pair => pair[1])));
    return both(times(out, mean));
  }
  const common = lcm(shares.map(pair => pair[1][1])), powers = shares.map(pair => pair[1][0] * (common / pair[1][1]));
  const shared = powers.reduce(gcd, 0n), degree = powers.reduce((a, b) => a + b, 0n) / shared;
  const product = shares.reduce((so, [share], at) => times(so, share.map(part => part ** (powers[at] / shared))), ONE);
  const roots = product.map(part => root(part, degree));
  if (roots.every((part, at) => part ** degree === product[at])) return both(times(out, roots));
  for (let digits = rounding.digits + 30; ; digits *= 2) { // irrational: between two neighbours that round alike
    const unit = 10n ** BigInt(digits), whole = times(product, times(out, [unit, 1n]).map(part => part ** degree));
    const low = root(whole[0] / whole[1], degree), ends = [low, low + 1n].map(end => both(fraction(end, unit)));
    if (!compare(ends[0][1], ends[1][1])) return [finish(fraction(2n * low + 1n, 2n * unit)), ends[0][1]];
  }
};
const level = (trace, points, known, possible) => {
  const bounds = (trace.bounds ?? []).map(bound => [bound.level, times(read(bound.percent), over(read(trace.out_of), [100n, 1n]))]);
  const worst = Math.max(0, ...bounds.map(bound => bound[0])) + 1;
  const reached = Math.min(worst, ...bounds.filter(bound => compare(points, bound[1]) >= 0).map(bound => bound[0]));
  const missed = [
    ...(trace.floors ?? []).filter(floor => compare(known[floor.domain], read(floor.points)) < 0),
    ...(trace.gates ?? []).filter(gate => {
      const of = possible[gate.of], { points: fixed, fraction: part, percent } = gate.needed;
      if (!of[0]) return compare(known[gate.of], ZERO) < 0;
      const bound = fixed !== undefined ? read(fixed) : times(of, part !== undefined ? read(part) : over(read(percent), [100n, 1n]));
      return compare(known[gate.of], bound) < 0;
    }),
  ];
  return Math.max(reached, ...missed.map(one => Math.min(one.best_level ?? worst, worst)));
};

// what a reader sees: numbers as the page writes them, and fields for one indicator at a time
const show = (x, fewest = 0) => {
  let digits = Math.max(4, fewest), whole = scaled(x, digits, "half_up");
  const exact = whole * x[1] === x[0] * 10n ** BigInt(digits);
  for (; digits > fewest && whole % 10n === 0n; digits--) whole /= 10n;
  const text = String(whole < 0n ? -whole : whole).padStart(digits + 1, "0"), point = text.length - digits;
  const grouped = text.slice(0, point).replace(/\B(?=(\d{3})+$)/g, ",");
  return (exact ? "" : "≈") + (whole < 0n ? "−" : "") + grouped + (digits ? "." + text.slice(point) : "");
};
const parse = text => { // a decimal number as people type it; anything else is null
  const found = /^([-−]?)(\d{1,3}(?:,\d{3})+|\d{1,20})(?:\.(\d{1,20}))?$/.exec(text.trim());
  if (!found) return null;
  const part = found[3] ?? "", number = BigInt(found[2].replaceAll(",", "") + part);
  return fraction(found[1] ? -number : number, 10n ** BigInt(part.length));
};
const allows = (input, x) => {
  const [low, high] = [input.limits?.at_least, input.limits?.at_most].map(end => end === undefined ? null : read(end));
  if (input.form === "count" && (x[1] !== 1n || x[0] < 0n) || input.form === "base" && x[0] <= 0n) return false;
  return !(low && compare(x, low) < 0) && !(high && compare(x, high) > 0);
};
const uses = (one, base) => divisor(one)?.base === base || (one.formula ?? "").match(/[A-Za-z]\w*/g)?.includes(base);
const fill = (sentence, name, text) => sentence.replace(`#${name}`, () => text); // a function: $ in a text is a sign like any other
const listInputs = (one, trace, words) => { // what a reader can change of an indicator, in the order of its working
  const named = unit => unit ? `${words.value} (${unit})` : words.value;
  const list = [];
  if (one.qualitative) {
    const scale = one.scale.kind === "marks" ? one.mark_scale ?? trace.mark_scale : undefined;
    const ends = (scale ? [read(scale.lowest), read(scale.highest)] : one.scale.kind === "marks" ? [read(one.scale.zero_at), read(one.scale.full_at)] : corners(one).map(corner => corner[0])).sort(compare);
    const limits = { at_least: ends[0].join("/"), at_most: ends.at(-1).join("/") };
    for (const [name, mark] of counting(one.marks ?? {}, trace.excluded ?? {}))
      list.push({ key: `${one.id}/${name}`, label: fill(words.evaluator, "evaluator", name), before: mark, limits });
    if (!list.length) list.push({ key: one.id, label: words.combined, limits });
  } else if (one.figures) for (const figure of one.figures)
    list.push({ ...figure, key: figure.id, label: figure.unit ? `${figure.name} (${figure.unit})` : figure.name, before: figure.values.at(-1) });
  else list.push({ ...one, key: one.id, label: named(one.unit), form: { counted: "count", yes_no: "yes_no" }[one.scale.kind] });
  for (const base of listBases(trace).filter(base => uses(one, base.id)))
    list.push({ key: `base:${base.id}`, label: base.id === "population" ? words.population : fill(words.base, "base", base.id), before: base.value, form: "base", whole: base.id === "population" });
  return list;
};
const unpack = async packed => // what gzip wrote, in base64
  new Response(new Blob([Uint8Array.from(atob(packed), sign => sign.charCodeAt(0))]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
const begin = async () => {
  const box = document.getElementById("experiment"), data = document.getElementById("smartcert-trace");
  if (!box || !data) return;
  const text = data.type.endsWith("gzip") ? await unpack(data.textContent) : data.textContent;
  const trace = JSON.parse(text), words = JSON.parse(box.dataset.words), before = compute(trace, {});
  const all = new Map(), changes = {}, status = box.querySelector("[role=status]");
  const [tools, results, changed] = box.querySelectorAll("[data-part]");
  const digits = steps => steps.flatMap(step => (trace.rounding ?? []).filter(rule => rule.at === step)).at(-1)?.digits ?? 0;
  const inTotal = digits(["indicator", "item", "domain", "total"]), inPart = digits(["indicator"]);
  const make = (tag, text, more) => Object.assign(document.createElement(tag), { textContent: text }, more);
  const labelled = (field, ...text) => { const label = make("label", ""); label.append(...text, " ", field); return label; };
  const indicatorsOf = section => [...(section.indicators ?? []), ...(section.sections ?? []).flatMap(indicatorsOf)];
  const row = (body, name, cells) => body.insertRow().append(
    make("th", name, { scope: "row" }), ...cells.map(text => make("td", text, { className: "number" })));
  const ranked = one => one.scale.kind === "rank"; // others' values would be needed
  const listStaying = keys => { // says which ranks would be others if a base is
    const names = [...all.values()].map(({ one }) => one).filter(one => ranked(one) && keys.some(key => key.startsWith("base:") && uses(one, key.slice(5)))).map(one => one.name);
    return names.length ? [fill(words.ranks_stay, "indicators", names.join(", "))] : [];
  };
  const shown = (one, x) => missing(x) ? words[x] : one.scale.kind === "yes_no" ? words[x[0] ? "yes" : "no"] : show(x);
  const update = problem => {
    const now = compute(trace, changes), both = [before, now], keys = Object.keys(changes);
    const touched = [...all.values()].filter(({ inputs }) => inputs.some(input => keys.includes(input.key))).map(({ one }) => one);
    const stopped = touched.filter(one => missing(now.values[one.id]) && one[now.values[one.id]] === "refuse");
    results.replaceChildren();
    row(results, words.total, both.map(result => show(result.points, inTotal)));
    if (now.level !== null) row(results, words.level, both.map(result => words.levels[result.level]));
    for (const part of trace.domains) row(results, part.name, both.map(result => show(result.sections[part.id], inPart)));
    changed.replaceChildren();
    for (const one of touched)
      row(changed, one.name, both.flatMap(result => [shown(one, result.measures[one.id]), show(result.indicators[one.id], inPart)]));
    changed.parentElement.parentElement.hidden = !touched.length;
    results.parentElement.parentElement.hidden = stopped.length > 0;
    status.textContent = problem || (stopped.length ? fill(words.stopped, "indicators", stopped.map(one => one.name).join(", "))
      : fill(fill(words.status, "total", show(now.points, inTotal)), "level", words.levels[now.level] ?? words.unranked));
    if (!problem) status.textContent = [status.textContent, ...listStaying(keys)].join(" ");
  };
  const choice = make("select"), place = make("div", "", { className: "inputs" }), reset = make("button", words.reset, { type: "button" });
  const fieldFor = (input, one) => {
    const yes = input.form === "yes_no", was = input.before ?? before.values[one.id];
    const own = Object.hasOwn(changes, input.key) ? read(changes[input.key]) : missing(was) || Array.isArray(was) ? was : read(was);
    const field = yes ? make("select") : make("input", "", { inputMode: "decimal", autocomplete: "off" });
    if (yes) field.append(...["", "1", "0"].map(option => make("option", option && words[option === "1" ? "yes" : "no"], { value: option })));
    field.value = missing(own) ? "" : yes ? own[0] : show(own);
    field.addEventListener("input", () => {
      const text = field.value.trim(), x = parse(text);
      const refused = text !== "" && !(x && allows(input, x) && !(input.whole && x[1] !== 1n));
      field.setAttribute("aria-invalid", refused);
      delete changes[input.key]; // an empty field is the value as computed
      if (x && !refused) changes[input.key] = x.join("/");
      update(refused && fill(words.refused, "value", text));
    });
    return labelled(field, input.label);
  };
  const open = () => {
    const { one, inputs } = all.get(choice.value);
    place.replaceChildren(...inputs.map(input => fieldFor(input, one)));
    const fixed = Object.keys(one.marks?.marks ?? {}).filter(name => !inputs.some(input => input.key === `${one.id}/${name}`));
    if (fixed.length) place.append(make("p", fill(words.fixed, "evaluators", fixed.join(", "))));
    if (one.marks && !one.marks.marks) place.append(make("p", words.no_single_marks));
    if (inputs.some(input => input.form === "base")) place.append(make("p", [words.base_note, ...listStaying(inputs.map(input => input.key))].join(" ")));
  };
  for (const part of trace.domains) {
    const group = make("optgroup", "", { label: part.name });
    for (const one of indicatorsOf(part)) {
      const disabled = ranked(one), inputs = disabled ? [] : listInputs(one, trace, words);
      all.set(one.id, { one, inputs });
      group.append(make("option", disabled ? `${one.name} (${words.ranked})` : one.name, { value: one.id, disabled }));
    }
    choice.append(group);
  }
  choice.addEventListener("change", open);
  reset.addEventListener("click", () => { for (const id of Object.keys(changes)) delete changes[id]; open(); update(); });
  tools.append(labelled(choice, words.indicator), place, reset);
  box.hidden = false;
  if (choice.value) { open(); update(); return; }
  box.querySelectorAll(".wide").forEach(table => { table.hidden = true; });
  tools.replaceChildren(make("p", words.nothing)); // every indicator follows from a rank
};
begin();
