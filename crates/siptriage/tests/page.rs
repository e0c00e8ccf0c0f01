//! The page in a browser: it is drawn, sorts, filters, opens calls, and breaks no rule of its own
//! policy.
//!
//! Needs Chromium, which CI has; elsewhere these tests say that they were left out where there is
//! none.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::print_stderr, reason = "a test that is left out says so")]

mod desk;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use desk::{Desk, FAILED_CALL};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The browser, or none, which CI does not put up with.
fn browser() -> Option<PathBuf> {
    let places = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];
    let found = places.iter().map(PathBuf::from).find(|path| path.exists());
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "no Chromium: .ci/run installs it"
        );
        eprintln!("left out: there is no Chromium at {places:?}");
    }
    found
}

/// The page as the browser has it when its scripts have run, and what it told of errors.
fn opened(browser: &Path, page: &Path) -> (String, Vec<String>) {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--enable-logging=stderr",
            "--window-size=1280,800",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let told = told.lines().filter(|line| line.contains("CONSOLE"));
    let told = told.map(str::to_owned).collect();
    (String::from_utf8(output.stdout).unwrap(), told)
}

/// A copy of a page that runs a script of ours too and has what it found in its last element.
fn with_script(page: &str, script: &str) -> String {
    let script = format!(
        "(function () {{ var found; try {{ found = (function () {{ {script} }})(); }} \
         catch (e) {{ found = {{ error: String(e) }}; }} \
         var pre = document.createElement('pre'); pre.id = 'found'; \
         pre.textContent = JSON.stringify(found); document.body.appendChild(pre); }})();"
    );
    let hash = STANDARD.encode(Sha256::digest(&script));
    let page = page.replacen("script-src ", &format!("script-src 'sha256-{hash}' "), 1);
    page.replacen("</body>", &format!("<script>{script}</script></body>"), 1)
}

fn found(dom: &str) -> Value {
    let text = dom
        .split_once("<pre id=\"found\">")
        .expect("the script ran")
        .1;
    let text = text.split_once("</pre>").unwrap().0;
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    serde_json::from_str(&text).unwrap()
}

/// A log of failed calls of several users, one a minute.
fn log(calls: usize) -> String {
    let call = |number: usize| {
        FAILED_CALL
            .replace("0123456789abcdef", &format!("call{number:04}"))
            .replace(
                "ann@contoso.com",
                &format!("user{:02}@contoso.com", number % 30),
            )
            .replace(
                "10:20:30.405",
                &format!("{:02}:{:02}:30.405", 8 + number / 60, number % 60),
            )
    };
    (0..calls).map(call).collect()
}

fn page_of(desk: &Desk, trace: &str) -> String {
    desk.put("x.log", trace);
    desk.run(&["x.log", "-o", "report.html"])
        .ends_with(0)
        .keeps_stderr_empty();
    fs::read_to_string(desk.path("report.html")).unwrap()
}

#[test]
fn a_page_breaks_no_rule_of_its_policy_and_logs_no_error() {
    let Some(browser) = browser() else { return };
    let desk = Desk::new();
    let page = page_of(&desk, &log(3));
    let (dom, told) = opened(&browser, &desk.path("report.html"));
    assert_eq!(told, Vec::<String>::new());
    // The script ran: it made the heads of columns buttons.
    assert!(dom.contains("aria-sort=\"none\""));
    // A page that does break it is found out.
    let broken = page.replacen("<h1>", "<h1 style=\"color:red\">", 1);
    let (_, told) = opened(&browser, &desk.put("broken.html", broken));
    assert!(told.iter().any(|line| line.contains("style")), "{told:?}");
}

#[test]
fn tables_sort_and_filter_and_calls_open() {
    let Some(browser) = browser() else { return };
    let desk = Desk::new();
    let page = page_of(&desk, &log(260));
    assert!(
        page.contains("The first 200 of 260 rows."),
        "said to who has no script"
    );
    let script = r#"
        var table = document.querySelector('table[data-t="failed_calls"]');
        var section = document.getElementById('failed_calls');
        var rows = function () {
            return Array.prototype.map.call(table.tBodies[0].rows, function (row) {
                return row.textContent;
            });
        };
        var status = function () { return section.querySelector('[role=status]').textContent; };
        var out = { first: rows().length, status: status(), note: !!section.querySelector('.rows') };
        section.querySelector('button.more').click();
        out.all = rows().length;
        var heads = table.tHead.rows[0].cells;
        var callee = Array.prototype.filter.call(heads, function (th) {
            return th.textContent === 'Callee';
        })[0];
        callee.querySelector('button').click();
        out.sort = callee.getAttribute('aria-sort');
        out.up = [rows()[0].indexOf('user00@') > 0, rows()[259].indexOf('user29@') > 0];
        callee.querySelector('button').click();
        out.down = [rows()[0].indexOf('user29@') > 0, callee.getAttribute('aria-sort')];
        var input = section.querySelector('input');
        input.value = 'call0207';
        input.dispatchEvent(new Event('input'));
        out.filtered = [rows().length, rows()[0].indexOf('call0207') > 0, status()];
        input.value = 'no such call';
        input.dispatchEvent(new Event('input'));
        out.nothing = rows().length;
        input.value = 'call0003';
        input.dispatchEvent(new Event('input'));
        var link = table.querySelector('a.open');
        out.closed = link.getAttribute('aria-expanded');
        link.click();
        out.opened = link.getAttribute('aria-expanded');
        var ladder = table.querySelector('tr.sub .ladder');
        out.ladder = ladder.textContent.indexOf('SIP/2.0 488 Not Acceptable Here') > 0;
        out.place = ladder.textContent.indexOf('x.log:') > 0;
        link.click();
        out.again = table.querySelectorAll('tr.sub').length;
        var checks = document.querySelector('details.checks');
        checks.querySelector('summary').click();
        out.checks = checks.open;
        out.svg = document.querySelectorAll('figure svg[role=img] rect').length > 0;
        out.wide = document.documentElement.scrollWidth <= window.innerWidth;
        return out;
    "#;
    let scripted = desk.put("scripted.html", with_script(&page, script));
    let (dom, told) = opened(&browser, &scripted);
    assert_eq!(told, Vec::<String>::new());
    let found = found(&dom);
    let want = serde_json::json!({
        "first": 200, "status": "200 of 260 rows", "note": false, "all": 260,
        "sort": "ascending", "up": [true, true], "down": [true, "descending"],
        "filtered": [1, true, "1 of 1 that match, 260 in all"], "nothing": 0,
        "closed": "false", "opened": "true", "ladder": true, "place": true, "again": 0,
        "checks": true, "svg": true, "wide": true,
    });
    assert_eq!(found, want);
}

#[test]
fn text_out_of_a_trace_runs_nothing() {
    let Some(browser) = browser() else { return };
    let desk = Desk::new();
    let hostile = "x\"><img src=x onerror=document.title='owned'></script><script>document.title='owned'</script><!--";
    let log = log(230)
        .replace("@contoso.com>", &format!("@contoso.com{hostile}>"))
        .replace("488 Not Acceptable Here", &format!("488 {hostile}"));
    let page = page_of(&desk, &log);
    assert_eq!(page.matches("<img").count(), 0);
    let script = "return { title: document.title, images: document.images.length, \
        scripts: document.scripts.length };";
    let scripted = desk.put("scripted.html", with_script(&page, script));
    let (dom, told) = opened(&browser, &scripted);
    assert_eq!(told, Vec::<String>::new());
    let found = found(&dom);
    assert_eq!(found["title"], "siptriage report");
    assert_eq!(found["images"], 0);
    // The page's own, its blocks of data, and this one.
    let blocks = page.matches("<script type=\"application/json\"").count();
    assert_eq!(found["scripts"], 2 + blocks);
}

#[test]
fn ten_thousand_failed_calls_make_a_page_of_about_two_megabytes() {
    let desk = Desk::new();
    let calls = 10_000;
    let call = |number: usize| {
        FAILED_CALL
            .replace(
                "0123456789abcdef",
                &format!("{number:08x}0123456789abcdef01234567"),
            )
            .replace(
                "ann@contoso.com",
                &format!("user{:03}@contoso.com", number % 300),
            )
            .replace(
                "06/21/",
                if number < calls / 2 {
                    "06/21/"
                } else {
                    "06/23/"
                },
            )
            .replace(
                "10:20:30.405",
                &format!(
                    "{:02}:{:02}:{:02}.405",
                    number / 3600 % 24,
                    number / 60 % 60,
                    number % 60
                ),
            )
    };
    let log: String = (0..calls).map(call).collect();
    let page = page_of(&desk, &log);
    assert!(page.contains("The first 200 of 10,000 rows."));
    assert!(page.len() < 2_100_000, "{} bytes", page.len());
    // By time and by hour of the day.
    let sentence = "10,000 of 10,000 calls failed (100.0%).";
    assert_eq!(page.matches(sentence).count(), 2);
    assert!(page.contains("Calls by hour of the day"));
    assert!(page.contains("the messages of at most 200 failed calls"));
    assert_eq!(page.matches("<details class=\"call\">").count(), 200);
}
