(function () {
  "use strict";
  // What a table has beyond its first rows stands in a data block: c columns (c class, m whether in
  // the line, l what leads in, p whether to be copied), h the place of the cell below which others
  // stand, o whether rows begin with the number of a ladder, w tones of words, a addresses of
  // files, d texts met more than once, r rows. A value is null, a text or its number in d,
  // [count], [text, key], or [file, line, 0].
  var PAGE = 200;
  var doc = document;
  function el(name, cls, text) {
    var e = doc.createElement(name);
    if (cls) e.className = cls;
    if (text !== undefined) e.textContent = text;
    return e;
  }
  function group(n) { return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ","); }

  function copy(text, done) {
    function old() {
      var area = el("textarea");
      area.value = text;
      area.className = "sr";
      doc.body.appendChild(area);
      area.select();
      var ok = false;
      try { ok = doc.execCommand("copy"); } catch (e) { ok = false; }
      area.remove();
      if (ok) done();
    }
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(text).then(done, old);
    } else { old(); }
  }
  function copyable(node) {
    var all = node.querySelectorAll("span.cp:not([role])");
    for (var i = 0; i < all.length; i++) {
      all[i].setAttribute("role", "button");
      all[i].setAttribute("tabindex", "0");
      all[i].title = "Copy";
    }
  }

  function value(data, v) {
    // Text, key, whether it is a place, and the file of one.
    if (v === null) return { t: "", k: null };
    if (typeof v === "number") return { t: data.d[v], k: null };
    if (typeof v === "string") return { t: v, k: null };
    if (v.length === 1) return { t: group(v[0]), k: v[0] };
    var text = typeof v[0] === "number" ? data.d[v[0]] : v[0];
    if (v.length === 3) return { t: text + ":" + v[1], k: null, f: text };
    return { t: text === null ? "" : text, k: v[1] };
  }
  function show(data, column, cell, into) {
    var e;
    if (cell.f !== undefined && data.a[cell.f]) {
      e = el("a", "cp", cell.t);
      e.href = data.a[cell.f];
    } else if (cell.f !== undefined || column.p) {
      e = el("span", "cp", cell.t);
    } else if (Object.prototype.hasOwnProperty.call(data.w, cell.t)) {
      e = el("span", "w " + data.w[cell.t], cell.t);
    } else {
      e = doc.createTextNode(cell.t);
    }
    into.appendChild(e);
  }
  function build(data, row) {
    var tr = el("tr"), at = 0, place = 0, host = null;
    if (data.o) {
      var td = el("td", "o");
      if (row[0]) {
        var a = el("a", "open", "▸");
        a.href = "#m" + row[0];
        a.setAttribute("aria-label", "Messages of this call");
        td.appendChild(a);
      }
      tr.appendChild(td);
      at = 1;
    }
    var line = null;
    for (var i = 0; i < data.c.length; i++) {
      var column = data.c[i], cell = value(data, row[at + i]);
      if (column.m) {
        var d = el("td", column.c);
        show(data, column, cell, d);
        if (place === data.h) host = d;
        place++;
        tr.appendChild(d);
      } else if (cell.t !== "" && host) {
        if (!line) { line = el("div", "s"); host.appendChild(line); }
        else line.appendChild(doc.createTextNode(" · "));
        var s = el("span");
        if (column.l) s.appendChild(doc.createTextNode(column.l));
        show(data, column, cell, s);
        line.appendChild(s);
      }
    }
    copyable(tr);
    return tr;
  }

  function Table(table) {
    this.table = table;
    this.body = table.tBodies[0];
    this.limit = PAGE;
    this.query = "";
    this.by = -1;
    this.down = false;
    this.rows = [];
    var trs = this.body.rows, i;
    for (i = 0; i < trs.length; i++) this.rows.push({ tr: trs[i], n: i });
    var name = table.getAttribute("data-t");
    var block = doc.querySelector('script[data-for="' + name + '"]');
    this.lead = table.tHead.rows[0].cells[0].className === "o" ? 1 : 0;
    if (block) {
      this.data = JSON.parse(block.textContent);
      for (i = 0; i < this.data.r.length; i++) {
        this.rows.push({ raw: this.data.r[i], n: this.rows.length });
      }
    }
    this.tools(block);
    this.heads();
    if (block) this.render();
  }
  Table.prototype.tr = function (row) {
    if (!row.tr) row.tr = build(this.data, row.raw);
    return row.tr;
  };
  Table.prototype.text = function (row) {
    if (row.text === undefined) {
      if (row.raw) {
        var parts = [], from = this.data.o ? 1 : 0;
        for (var i = from; i < row.raw.length; i++) parts.push(value(this.data, row.raw[i]).t);
        row.text = parts.join(" ").toLowerCase();
      } else { row.text = row.tr.textContent.toLowerCase(); }
    }
    return row.text;
  };
  Table.prototype.key = function (row, place) {
    if (row.raw) {
      var i = -1;
      for (var c = 0, m = 0; c < this.data.c.length; c++) {
        if (this.data.c[c].m && m++ === place) { i = c; break; }
      }
      var v = value(this.data, row.raw[i + (this.data.o ? 1 : 0)]);
      return v.k !== null ? v.k : v.t;
    }
    var cell = row.tr.cells[place + this.lead];
    if (!cell) return "";
    var key = cell.getAttribute("data-k");
    if (key !== null) return Number(key);
    // What stands below the row is no part of the cell.
    var text = "";
    for (var n = cell.firstChild; n; n = n.nextSibling) {
      if (!(n.nodeType === 1 && n.tagName === "DIV")) text += n.textContent;
    }
    return text;
  };
  Table.prototype.render = function () {
    var words = this.query.toLowerCase().split(/\s+/).filter(Boolean), self = this;
    var rows = this.rows.filter(function (row) {
      var text = words.length ? self.text(row) : "";
      return words.every(function (word) { return text.indexOf(word) >= 0; });
    });
    if (this.by >= 0) {
      var place = this.by, sign = this.down ? -1 : 1;
      var keyed = rows.map(function (row) { return { k: self.key(row, place), r: row }; });
      keyed.sort(function (a, b) {
        // What has nothing there comes last either way.
        if ((a.k === "") !== (b.k === "")) return a.k === "" ? 1 : -1;
        var an = typeof a.k === "number", bn = typeof b.k === "number", order;
        if (an !== bn) order = an ? -1 : 1;
        else order = a.k < b.k ? -1 : a.k > b.k ? 1 : 0;
        return order ? order * sign : a.r.n - b.r.n;
      });
      rows = keyed.map(function (one) { return one.r; });
    }
    this.found = rows;
    var part = doc.createDocumentFragment();
    for (var i = 0; i < rows.length && i < this.limit; i++) {
      var tr = this.tr(rows[i]);
      part.appendChild(tr);
      if (tr.nextLadder) part.appendChild(tr.nextLadder);
    }
    this.body.textContent = "";
    this.body.appendChild(part);
    var shown = Math.min(rows.length, this.limit);
    if (this.count) {
      this.count.textContent = rows.length === this.rows.length && shown === rows.length
        ? group(shown) + " rows"
        : group(shown) + " of " + group(rows.length) +
          (rows.length === this.rows.length ? " rows" : " that match, " + group(this.rows.length) + " in all");
    }
    if (this.more) this.more.hidden = shown >= rows.length;
  };
  Table.prototype.heads = function () {
    if (this.rows.length < 2) return;
    var self = this, cells = this.table.tHead.rows[0].cells;
    Array.prototype.forEach.call(cells, function (th, index) {
      var place = index - self.lead;
      if (place < 0) return;
      var button = el("button", "", th.textContent);
      button.type = "button";
      th.textContent = "";
      th.appendChild(button);
      th.setAttribute("aria-sort", "none");
      button.addEventListener("click", function () {
        if (self.by === place) self.down = !self.down;
        // Of numbers, one looks for the greatest.
        else { self.by = place; self.down = th.className === "n"; }
        Array.prototype.forEach.call(cells, function (other) {
          if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
        });
        th.setAttribute("aria-sort", self.down ? "descending" : "ascending");
        self.render();
      });
    });
  };
  Table.prototype.tools = function (block) {
    if (this.rows.length < 8) return;
    var self = this, bar = el("div", "bar"), frame = this.table.parentNode;
    var title = this.table.caption ? this.table.caption.textContent : "";
    var input = el("input");
    input.type = "search";
    input.placeholder = "Filter";
    input.setAttribute("aria-label", "Filter rows: " + title);
    input.addEventListener("input", function () {
      self.query = input.value;
      self.limit = PAGE;
      self.render();
    });
    this.count = el("span", "", group(this.rows.length) + " rows");
    this.count.setAttribute("role", "status");
    var button = el("button", "btn", "Copy rows");
    button.type = "button";
    button.addEventListener("click", function () {
      var lines = [Array.prototype.slice.call(self.table.tHead.rows[0].cells, self.lead)
        .map(function (th) { return th.textContent; }).join("\t")];
      (self.found || self.rows).forEach(function (row) {
        var cells = [], width = self.table.tHead.rows[0].cells.length - self.lead;
        for (var i = 0; i < width; i++) {
          var text = self.cellText(row, i);
          // No spreadsheet shall take a text for a formula.
          cells.push(/^[=+\-@]/.test(text) ? "'" + text : text);
        }
        lines.push(cells.join("\t"));
      });
      copy(lines.join("\n"), function () {
        button.textContent = "Copied";
        setTimeout(function () { button.textContent = "Copy rows"; }, 1500);
      });
    });
    bar.appendChild(input);
    bar.appendChild(this.count);
    bar.appendChild(button);
    frame.parentNode.insertBefore(bar, frame);
    if (block) {
      var note = frame.parentNode.querySelector(".rows");
      if (note) note.remove();
      this.more = el("button", "btn more", "Show " + PAGE + " more");
      this.more.type = "button";
      this.more.addEventListener("click", function () {
        self.limit += PAGE;
        self.render();
      });
      frame.parentNode.insertBefore(this.more, frame.nextSibling);
    }
  };
  Table.prototype.cellText = function (row, place) {
    var cell = this.tr(row).cells[place + this.lead];
    return cell ? cell.textContent.replace(/\s+/g, " ").trim() : "";
  };

  Array.prototype.forEach.call(doc.querySelectorAll("table.data"), function (table) {
    new Table(table);
  });
  copyable(doc.body);

  // The messages of a call, below its row.
  function toggle(link) {
    var row = link.closest("tr");
    var source = doc.getElementById(link.getAttribute("href").slice(1));
    if (!row || !source) return false;
    if (row.nextLadder) {
      row.nextLadder.remove();
      row.nextLadder = null;
      link.setAttribute("aria-expanded", "false");
      return true;
    }
    var sub = el("tr", "sub"), td = el("td");
    td.colSpan = row.cells.length;
    var copied = source.cloneNode(true);
    copied.removeAttribute("id");
    td.appendChild(copied);
    sub.appendChild(td);
    row.parentNode.insertBefore(sub, row.nextSibling);
    row.nextLadder = sub;
    link.setAttribute("aria-expanded", "true");
    return true;
  }
  function unfold() {
    var id = decodeURIComponent(location.hash.slice(1));
    var target = id && doc.getElementById(id);
    var folded = target && target.closest("details");
    if (!folded) return;
    for (; folded; folded = folded.parentNode.closest("details")) folded.open = true;
    target.scrollIntoView();
  }
  Array.prototype.forEach.call(doc.querySelectorAll("a.open"), function (link) {
    link.setAttribute("aria-expanded", "false");
  });
  doc.addEventListener("click", function (event) {
    var at = event.target, link = at.closest("a.open");
    if (link && !event.ctrlKey && !event.metaKey && toggle(link)) {
      event.preventDefault();
      return;
    }
    var cp = at.closest("span.cp[role=button]");
    if (cp) copied(cp);
  });
  function copied(cp) {
    copy(cp.textContent, function () {
      cp.classList.add("done");
      setTimeout(function () { cp.classList.remove("done"); }, 1200);
    });
  }
  doc.addEventListener("keydown", function (event) {
    var cp = event.target.closest && event.target.closest("span.cp[role=button]");
    if (cp && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      copied(cp);
    }
  });
  window.addEventListener("hashchange", unfold);
  unfold();
  // On paper, what to check is told.
  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.prototype.filter.call(doc.querySelectorAll("details.checks,details.further"), function (d) {
      return !d.open;
    });
    opened.forEach(function (d) { d.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (d) { d.open = false; });
  });
})();
