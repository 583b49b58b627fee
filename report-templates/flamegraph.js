/* Makes the flame graphs of a document interactive: zoom, search, keyboard, state in the address. All graphs of one
   document are linked by the chain of function names, so that base and head follow each other. Without this script the
   picture shows the same, still. Names are only ever compared and written as text. */
(function () {
  'use strict';
  var SVG = 'http://www.w3.org/2000/svg';
  var XHTML = 'http://www.w3.org/1999/xhtml';
  var ROW = 18;
  var MARGIN = 10;
  var COLUMN = 7.42; /* as in render/flame_writer.cc */
  var CONTROLS = 780; /* room for the shares of two lanes */
  var HINT = 'Click or Enter: zoom. / or Ctrl-F: search. Arrow keys: walk. Escape: back.';
  var pictures = [];
  var lanes = [];
  var state = {path: [], query: '', regex: false, matchCase: false};
  var view = {path: [], full: 1};
  var controls = null;
  var focused = null;

  function isWide(code) {
    return (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf && code !== 0x303f) ||
        (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
        (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
        (code >= 0x1f300 && code <= 0x3fffd);
  }

  function columnsOf(text) {
    var columns = 0;
    for (var c of text) columns += isWide(c.codePointAt(0)) ? 2 : 1;
    return columns;
  }

  function shortenEnd(text, columns) {
    if (columnsOf(text) <= columns) return text;
    var result = '';
    var taken = 0;
    for (var c of text) {
      taken += isWide(c.codePointAt(0)) ? 2 : 1;
      if (taken > columns - 1) break;
      result += c;
    }
    return result + '\u2026';
  }

  /* Where the parts of a path begin: after every :: outside brackets. */
  function pathParts(name) {
    var parts = [];
    var depth = 0;
    for (var i = 0; i + 1 < name.length; ++i) {
      var c = name[i];
      if ('<([{'.indexOf(c) >= 0) ++depth;
      if ((c === '>' && name[i - 1] !== '-') || ')]}'.indexOf(c) >= 0) --depth;
      if (depth === 0 && c === '-' && name[i + 1] === '>') break; /* what it returns is not its name */
      if (depth === 0 && c === ':' && name[i + 1] === ':' && i > 0) parts.push(++i + 1);
    }
    while (parts.length && (parts[parts.length - 1] >= name.length || name[parts[parts.length - 1]] === '<')) parts.pop();
    return parts;
  }

  function label(name, columns) {
    if (columns < 3) return '';
    if (columnsOf(name) <= columns) return name;
    var parts = pathParts(name);
    for (var i = 0; i < parts.length; ++i) {
      if (columnsOf(name.slice(parts[i])) < columns) return '\u2026' + name.slice(parts[i]);
    }
    return shortenEnd(parts.length ? name.slice(parts[parts.length - 1]) : name, columns);
  }

  /* What tells a frame from its siblings: its name; where names that differ look the same, with the mark of the real one;
     where siblings have the same name (functions of one name in two files), with their number. NUL, which no name has,
     stands before a mark. */
  function keyOf(frame, mark) {
    var key = mark ? frame.name + '\0' + mark : frame.name;
    var siblings = frame.parent ? frame.parent.children : [];
    var before = siblings[siblings.length - 1];
    if (!before || before.name !== frame.name) return key; /* siblings are sorted by name */
    var met = before.met || new Map([[before.key, 1]]);
    var number = (met.get(key) || 0) + 1;
    frame.met = met.set(key, number);
    before.met = null;
    return number === 1 ? key : key + (mark ? ',' : '\0') + number;
  }

  /* The frames of a lane in the order of the document, which is that of reading: callees follow their caller. */
  function readLane(group, picture) {
    var lane = {group: group, picture: picture, scale: Number(group.dataset.scale), down: group.dataset.down === '1',
                frames: [], rows: [], zoomed: null, here: false, width: 0, factor: 0};
    var top = Number(group.dataset.y);
    var chain = [];
    group.setAttribute('role', 'tree');
    for (var g = group.firstElementChild; g; g = g.nextElementSibling) {
      var title = g.firstElementChild;
      var rect = title.nextElementSibling;
      var lines = title.textContent.split('\n');
      var depth = Math.abs(Number(rect.getAttribute('y')) - top) / ROW;
      var frame = {g: g, rect: rect, text: rect.nextElementSibling, name: lines[0], lines: lines, depth: depth, lane: lane,
                   x: Number(g.dataset.x), w: Number(g.dataset.w), unseen: Number(g.dataset.n || 0), children: [], parent: depth > 0 ? chain[depth - 1] : null,
                   shown: true, last: 0};
      chain.length = depth;
      chain.push(frame);
      frame.key = keyOf(frame, g.dataset.k);
      if (frame.parent) frame.parent.children.push(frame);
      if (!lane.rows[depth]) lane.rows[depth] = [];
      frame.index = lane.rows[depth].push(frame) - 1;
      frame.place = lane.frames.push(frame) - 1;
      g.setAttribute('role', 'treeitem');
      g.setAttribute('aria-level', depth + 1);
      g.setAttribute('tabindex', depth === 0 ? '0' : '-1');
      g.frame = frame;
    }
    /* `last`: the place after the last frame below this one. */
    for (var i = lane.frames.length - 1; i >= 0; --i) {
      var f = lane.frames[i];
      if (f.last === 0) f.last = i + 1;
      if (f.parent && f.parent.last < f.last) f.parent.last = f.last;
    }
    group.addEventListener('click', function (event) {
      var hit = frameOf(event.target);
      if (hit) change({path: pathOf(hit)}, true);
    });
    group.addEventListener('mouseover', function (event) { show(frameOf(event.target)); });
    group.addEventListener('mouseout', function () { show(focused); });
    group.addEventListener('focusin', function (event) {
      focused = frameOf(event.target);
      show(focused);
    });
    group.addEventListener('focusout', function () {
      focused = null;
      show(null);
    });
    return lane;
  }

  function frameOf(element) {
    while (element && !element.frame && element.parentNode) element = element.parentNode;
    return element ? element.frame || null : null;
  }

  function pathOf(frame) {
    var path = [];
    for (; frame.parent; frame = frame.parent) path.unshift(frame.key);
    return path;
  }

  /* The frame of that chain; where the lane has only its beginning, the last one it has if `nearest`, else null. */
  function find(lane, path, nearest) {
    var at = lane.frames[0];
    for (var i = 0; i < path.length; ++i) {
      var next = at.children.find(function (child) { return child.key === path[i]; });
      if (!next) return nearest ? at : null;
      at = next;
    }
    return at;
  }

  /* What the lanes show: the frame of the address or, of one that is in no lane, the nearest caller that is in one; and
     the one scale of all lanes: what fills the width is the largest of that frame in any lane. A lane without it shows
     the callers that it has, and nothing below: at any scale of its own it would look like more or less than it is. */
  function look() {
    var depth = Math.max.apply(null, lanes.map(function (lane) { return find(lane, state.path, true).depth; }));
    var path = state.path.slice(0, depth);
    var full = 0;
    lanes.forEach(function (lane) {
      var exact = find(lane, path, false);
      if (exact) full = Math.max(full, exact.parent ? exact.w : lane.scale);
    });
    return {path: path, full: full};
  }

  function isFrameShown(frame) { return frame.shown; }

  function place(frame, left, width, above) {
    var visible = width >= 0.1;
    if (frame.shown !== visible) {
      frame.shown = visible;
      frame.g.style.display = visible ? '' : 'none';
    }
    frame.g.classList.toggle('above', above);
    if (!visible) return;
    frame.rect.setAttribute('x', (MARGIN + left).toFixed(2));
    frame.rect.setAttribute('width', (width > 2 ? width - 0.5 : width).toFixed(2));
    /* A frame that begins left of the picture shows its name where the picture begins. */
    var cut = label(frame.name, Math.floor((width - 6) / COLUMN));
    if (cut === '' && !frame.text) return;
    if (!frame.text) {
      frame.text = document.createElementNS(SVG, 'text');
      frame.text.setAttribute('y', Number(frame.rect.getAttribute('y')) + 13);
      frame.g.appendChild(frame.text);
    }
    frame.text.textContent = cut;
    frame.text.setAttribute('x', (MARGIN + left + 3).toFixed(2));
  }

  function hide(frame) {
    if (!frame.shown) return;
    frame.shown = false;
    frame.g.style.display = 'none';
  }

  function drawLane(lane) {
    var zoom = find(lane, view.path, true);
    var here = zoom.depth === view.path.length;
    var width = lane.picture.width - 2 * MARGIN;
    var factor = width / view.full;
    if (lane.zoomed === zoom && lane.here === here && lane.width === width && lane.factor === factor) return;
    lane.zoomed = zoom;
    lane.here = here;
    lane.width = width;
    lane.factor = factor;
    var start = zoom.parent ? zoom.x : 0;
    for (var i = 0; i < lane.frames.length; ++i) {
      var frame = lane.frames[i];
      if ((frame.place < zoom.place && zoom.place < frame.last) || (frame === zoom && !here)) {
        place(frame, 0, view.path.length ? width : frame.w * factor, true);
      } else if (here && frame.place >= zoom.place && frame.place < zoom.last) {
        place(frame, (frame.x - start) * factor, frame.w * factor, false);
      } else {
        hide(frame);
      }
    }
  }

  function matcher() {
    if (state.query === '') return null;
    if (state.regex) {
      try {
        var expression = new RegExp(state.query, state.matchCase ? 'u' : 'iu');
        return function (name) { return expression.test(name); };
      } catch (error) {
        return undefined;
      }
    }
    if (state.matchCase) return function (name) { return name.indexOf(state.query) >= 0; };
    var wanted = state.query.toLowerCase();
    return function (name) { return name.toLowerCase().indexOf(wanted) >= 0; };
  }

  function percent(part, whole) {
    if (whole === 0 || part === 0) return '0 %';
    if (part === whole) return '100 %';
    var value = 100 * part / whole;
    return value < 0.005 ? '<0.01 %' : value.toFixed(2) + ' %';
  }

  /* The share of what matches lies between two figures: frames too narrow or too deep to be drawn have no name here. The
     upper one counts all of them that are not within a match already. */
  function search() {
    var matches = matcher();
    var results = [];
    lanes.forEach(function (lane) {
      var sum = 0;
      var unseen = 0;
      var counted = 0; /* frames below this place are within one that is counted already */
      var frames = 0;
      lane.frames.forEach(function (frame) {
        var hit = Boolean(matches) && frame.parent !== null && matches(frame.name);
        frame.g.classList.toggle('hit', hit);
        if (hit) ++frames;
        if (frame.place < counted) return;
        if (hit) {
          sum += frame.w;
          counted = frame.last;
        } else {
          unseen += frame.unseen;
        }
      });
      var whole = lane.frames[0].w;
      var least = percent(sum, whole);
      var most = percent(sum + unseen, whole);
      results.push({lane: lane, share: least === most ? least : least.replace(' %', '') + '\u2013' + most, frames: frames,
                    open: least !== most});
    });
    if (!controls) return;
    controls.input.setAttribute('aria-invalid', matches === undefined ? 'true' : 'false');
    if (matches === undefined) {
      controls.output.textContent = 'no regular expression';
    } else if (!matches) {
      controls.output.textContent = '';
    } else {
      controls.output.textContent = results.filter(function (r, i) { return i === 0 || r.frames > 0 || r.open; }).map(function (r) {
        return (r.lane.group.dataset.short ? r.lane.group.dataset.short + ' ' : '') + r.share;
      }).join(', ') + ' matched';
    }
  }

  /* Details of a frame in its own picture, and of its counterparts in the others. */
  function show(frame) {
    lanes.forEach(function (lane) {
      if (lane.linked) lane.linked.g.classList.remove('linked');
      lane.linked = null;
    });
    var path = frame ? pathOf(frame) : [];
    var told = new Map();
    lanes.forEach(function (lane) {
      var here = !frame ? null : frame.lane === lane ? frame : find(lane, path, false);
      if (here && here !== frame) {
        lane.linked = here;
        here.g.classList.add('linked');
      }
      if (here && (!told.get(lane.picture) || here === frame)) told.set(lane.picture, here);
    });
    pictures.forEach(function (picture) {
      var here = told.get(picture);
      var shown = lanes.some(function (lane) { return lane.picture === picture && lane.here; });
      var text = here ? here.lines.join('   ') : frame ? 'not here: ' + frame.name :
          shown ? HINT : 'not here: ' + view.path[view.path.length - 1].split('\0')[0] + '; these are its callers';
      picture.details.textContent = shortenEnd(text, Math.floor((picture.width - 2 * MARGIN) / COLUMN));
    });
  }

  function draw() {
    view = look();
    lanes.forEach(drawLane);
    search();
    show(focused);
    if (!controls) return;
    if (controls.input.value !== state.query) controls.input.value = state.query;
    controls.regex.setAttribute('aria-pressed', String(state.regex));
    controls.matchCase.setAttribute('aria-pressed', String(state.matchCase));
  }

  /* In an address a comma and what follows tell apart what has one name: `work,2`. Those of names are encoded. */
  function encodeKey(key) {
    var end = key.indexOf('\0');
    return end < 0 ? encodeURIComponent(key) : encodeURIComponent(key.slice(0, end)) + ',' + key.slice(end + 1);
  }

  function decodeKey(text) {
    var mark = /,([0-9a-f]{8}|[0-9a-f]{8},\d+|\d+)$/.exec(text);
    return mark ? decode(text.slice(0, mark.index)) + '\0' + mark[1] : decode(text);
  }

  function addressOf(s) {
    var parts = [];
    if (s.path.length) parts.push('frame=' + s.path.map(encodeKey).join(';'));
    if (s.query) parts.push('search=' + encodeURIComponent(s.query));
    if (s.regex) parts.push('regex=1');
    if (s.matchCase) parts.push('case=1');
    return '#' + parts.join('&');
  }

  function decode(text) {
    try {
      return decodeURIComponent(text);
    } catch (error) {
      return text;
    }
  }

  function stateOf(address) {
    var s = {path: [], query: '', regex: false, matchCase: false};
    address.replace(/^#/, '').split('&').forEach(function (part) {
      var value = part.slice(part.indexOf('=') + 1);
      if (part.startsWith('frame=') && value) s.path = value.split(';').map(decodeKey);
      if (part.startsWith('search=')) s.query = decode(value).slice(0, 1000);
      if (part === 'regex=1') s.regex = true;
      if (part === 'case=1') s.matchCase = true;
    });
    return s;
  }

  /* Zooming makes a step to go back to; typing does not. */
  function change(part, step) {
    state = Object.assign({}, state, part);
    var address = addressOf(state);
    if (address !== (location.hash || '#')) {
      try {
        history[step ? 'pushState' : 'replaceState'](null, '', address);
      } catch (error) {
        location.hash = address;
      }
    }
    draw();
  }

  function back() {
    if (state.query) change({query: ''}, false);
    else if (state.path.length) change({path: []}, true);
  }

  function walk(key, frame) {
    var row = frame.lane.rows[frame.depth];
    var deeper = frame.lane.down ? 'ArrowDown' : 'ArrowUp';
    if (key === 'ArrowLeft') return row.slice(0, frame.index).reverse().find(isFrameShown);
    if (key === 'ArrowRight') return row.slice(frame.index + 1).find(isFrameShown);
    if (key === 'Home') return frame.lane.frames[0];
    if (key !== deeper) return frame.parent;
    /* The widest callee: that is where one wants to go. */
    return frame.children.filter(isFrameShown).reduce(function (best, child) {
      return !best || child.w > best.w ? child : best;
    }, null);
  }

  function focusFrame(frame) {
    if (frame) frame.g.focus();
  }

  function focusSearch() {
    controls.input.focus();
    controls.input.select();
  }

  function onKey(event) {
    var typing = controls && event.target === controls.input;
    var command = event.ctrlKey || event.metaKey;
    if ((command && event.key === 'f' && !typing) || event.key === 'F3' || (event.key === '/' && !typing && !command)) {
      focusSearch();
    } else if (command && event.key === 'i') {
      change({matchCase: !state.matchCase}, false);
    } else if (event.key === 'Escape') {
      back();
      if (typing) focusFrame(lanes[0].zoomed);
    } else if (typing) {
      if (event.key !== 'Enter') return;
      focusFrame(lanes[0].frames.find(function (f) { return f.shown && f.g.classList.contains('hit'); }));
    } else if (command || event.altKey) {
      return;
    } else if ((event.key === 'Enter' || event.key === ' ') && frameOf(event.target)) {
      change({path: pathOf(frameOf(event.target))}, true);
    } else if (/^(Arrow(Left|Right|Up|Down)|Home)$/.test(event.key)) {
      var from = frameOf(event.target);
      if (!from && event.target !== document.body && event.target !== document.documentElement) return;
      focusFrame(from ? walk(event.key, from) : lanes[0].zoomed);
    } else {
      return;
    }
    event.preventDefault();
  }

  function element(name, attributes, text) {
    var made = document.createElementNS(XHTML, name);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    if (text) made.textContent = text;
    return made;
  }

  function makeControls() {
    var box = element('div', {'class': 'flamegraph-controls', role: 'search'});
    var made = {
      box: box,
      input: element('input', {type: 'search', placeholder: 'Search  /', 'aria-label': 'Search function names', maxlength: '1000'}),
      matchCase: element('button', {type: 'button', title: 'Match case (Ctrl-I)', 'aria-label': 'Match case'}, 'Aa'),
      regex: element('button', {type: 'button', title: 'Regular expression', 'aria-label': 'Regular expression'}, '.*'),
      reset: element('button', {type: 'button', title: 'Whole graph, no search'}, 'Reset'),
      output: element('output', {'aria-live': 'polite', title: 'From what is drawn to that with all that is too narrow or too deep to be drawn'})
    };
    [made.output, made.input, made.matchCase, made.regex, made.reset].forEach(function (part) { box.appendChild(part); });
    made.input.addEventListener('input', function () { change({query: made.input.value}, false); });
    made.matchCase.addEventListener('click', function () { change({matchCase: !state.matchCase}, false); });
    made.regex.addEventListener('click', function () { change({regex: !state.regex}, false); });
    made.reset.addEventListener('click', function () { change({path: [], query: ''}, true); });
    return made;
  }

  /* The width of the window, or of the column of a page; never so narrow that nothing can be read. */
  function fit(picture) {
    var svg = picture.svg;
    var alone = svg === document.documentElement;
    var room = alone ? window.innerWidth : svg.parentNode.clientWidth;
    picture.width = Math.max(alone ? 800 : 400, room); /* 800: as in render/flame_writer.h */
    var height = svg.getAttribute('height');
    svg.setAttribute('width', picture.width);
    svg.setAttribute('viewBox', '0 0 ' + picture.width + ' ' + height);
    if (picture.holder) picture.holder.setAttribute('x', picture.width - CONTROLS - MARGIN);
  }

  function fitAll() {
    pictures.forEach(fit);
    draw();
  }

  function start() {
    document.querySelectorAll('svg.flamegraph').forEach(function (svg) {
      var picture = {svg: svg, details: svg.querySelector('.details'), width: 0, holder: null};
      pictures.push(picture);
      svg.querySelectorAll('g.frames').forEach(function (group) { lanes.push(readLane(group, picture)); });
    });
    if (!lanes.length) return;
    controls = makeControls();
    var spot = document.getElementById('flamegraph-controls');
    if (spot) {
      spot.appendChild(controls.box);
    } else {
      var holder = document.createElementNS(SVG, 'foreignObject');
      holder.setAttribute('y', '8');
      holder.setAttribute('width', CONTROLS);
      holder.setAttribute('height', '32');
      holder.appendChild(controls.box);
      pictures[0].svg.appendChild(holder);
      pictures[0].holder = holder;
    }
    state = stateOf(location.hash);
    document.addEventListener('keydown', onKey);
    window.addEventListener('resize', fitAll);
    window.addEventListener('popstate', function () {
      state = stateOf(location.hash);
      draw();
    });
    window.addEventListener('hashchange', function () {
      state = stateOf(location.hash);
      draw();
    });
    fitAll();
  }

  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
})();
