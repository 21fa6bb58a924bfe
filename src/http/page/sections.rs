//! The parts of the page.

use super::findings::{Finding, Mood};
use super::html::Html;
use crate::routes::{ListComparison, Route};
use selfsame_core::report::{ConfigIs, ConfigState, Report, ShippedIs, ShippedState};
use selfsame_core::stamp::{Declared, Digest, FileDifference, Module};

/// As many digits of a hash as tell it from the others of a list.
const SHORT: usize = 12;

/// What is wrong, and what is not known.
pub(super) fn verdict(page: &mut Html, mood: Mood, findings: &[Finding]) {
    let wrong = findings.iter().filter(|finding| finding.mood == Mood::Wrong).count();
    page.markup("<section class=\"verdict ")
        .markup(class(mood))
        .markup("\" aria-labelledby=\"verdict\">\n<h2 id=\"verdict\">");
    match (mood, wrong) {
        (Mood::Well, _) => page.markup("Nothing is wrong that the process can see"),
        (Mood::Note, _) => page.markup("Nothing is wrong, and there is something to know"),
        (Mood::Unknown, _) => page.markup("Not everything could be told"),
        (Mood::Wrong, 1) => page.markup("Something is wrong"),
        (Mood::Wrong, number) => page.text(number).markup(" things are wrong"),
    };
    page.markup("</h2>\n");
    if findings.is_empty() {
        page.markup(
            "<p>Whether it is the code that you are reading, <code>selfsame check</code> \
             tells.</p>\n",
        );
    } else {
        page.markup("<ul class=\"findings\">\n");
        for finding in findings {
            page.markup("<li class=\"").markup(class(finding.mood)).markup("\">\n<h3>");
            page.markup("<span class=\"tag\">").markup(class(finding.mood)).markup("</span> ");
            page.prose(&finding.title).markup("</h3>\n<p>").prose(&finding.detail).markup("</p>\n");
            if let Some(remedy) = &finding.remedy {
                page.markup("<p class=\"remedy\">").prose(remedy).markup("</p>\n");
            }
            page.markup("</li>\n");
        }
        page.markup("</ul>\n");
    }
    page.markup("</section>\n");
}

fn class(mood: Mood) -> &'static str {
    match mood {
        Mood::Well => "well",
        Mood::Note => "note",
        Mood::Unknown => "unknown",
        Mood::Wrong => "wrong",
    }
}

/// What runs, and since when.
pub(super) fn facts(page: &mut Html, report: &Report) {
    page.markup("<section aria-labelledby=\"runs\">\n<h2 id=\"runs\">What runs</h2>\n<dl>\n");
    hash(page, "Commit", report.commit.as_ref());
    fact(page, "Source", |page| {
        match report.tree {
            Some(tree) => page.text(tree),
            None => page.markup("not known whether clean"),
        };
        page.markup(", commit from ").text(&report.origin);
    });
    if let Some(info) = &report.info {
        if let Some(branch) = &info.branch {
            fact(page, "Branch", |page| {
                page.code(branch);
            });
        }
        if let Some(committed_at) = &info.committed_at {
            fact(page, "Committed", |page| time(page, committed_at));
        }
    }
    fact(page, "Started", |page| time(page, &report.started_at));
    fact(page, "Instance", |page| {
        page.code(&report.instance);
    });
    hash(page, "Content", report.content.as_ref());
    hash(page, "Fingerprint", Some(&report.fingerprint));
    if let Some(build) = &report.build {
        let rustc = build.rustc.as_ref().map(|rustc| format!("rustc {rustc}"));
        let words = [&build.profile, &build.target, &rustc];
        let words: Vec<_> = words.into_iter().flatten().map(String::as_str).collect();
        if !words.is_empty() {
            fact(page, "Build", |page| {
                page.text(words.join(", "));
            });
        }
        if !build.features.is_empty() {
            fact(page, "Features", |page| {
                page.text(build.features.join(", "));
            });
        }
    }
    if let Some(observed) = &report.observed {
        fact(page, "Last looked", |page| time(page, &observed.at));
    }
    page.markup("</dl>\n</section>\n");
}

fn fact(page: &mut Html, name: &'static str, value: impl FnOnce(&mut Html)) {
    page.markup("<div><dt>").markup(name).markup("</dt><dd>");
    value(page);
    page.markup("</dd></div>\n");
}

fn hash(page: &mut Html, name: &'static str, value: Option<&impl std::fmt::Display>) {
    fact(page, name, |page| {
        match value {
            Some(value) => page.code(value),
            None => page.markup("<em>not known</em>"),
        };
    });
}

/// A time of RFC 3339, which the script says in other words beside it.
fn time(page: &mut Html, at: &str) {
    let readable = at.replacen('T', " ", 1).replace('Z', " UTC");
    page.markup("<time datetime=\"").text(at).markup("\">").text(readable).markup("</time>");
}

/// The modules that were compiled from.
pub(super) fn modules(page: &mut Html, report: &Report) {
    let Some(modules) = report.modules.as_deref().filter(|modules| !modules.is_empty()) else {
        return;
    };
    page.markup(
        "<section aria-labelledby=\"modules\">\n<h2 id=\"modules\">Modules</h2>\n<table>\n\
         <caption>",
    );
    number(page, modules.len(), "expected module", "expected modules");
    page.markup(
        "</caption>\n<thead><tr><th scope=\"col\">Module</th>\
         <th scope=\"col\">Compiled in</th><th scope=\"col\">SHA-256</th></tr></thead>\n<tbody>\n",
    );
    for Module { name, path, sha256, declared, .. } in modules {
        page.markup("<tr><th scope=\"row\"><code>").text(name).markup("</code> <small>");
        page.code(path).markup("</small></th><td>");
        match declared {
            Some(Declared::Yes) => page.markup("yes"),
            Some(Declared::No(why)) => {
                page.markup("<strong class=\"wrong\">no</strong> <small>");
                page.prose(why).markup("</small>")
            }
            Some(Declared::Unknown(why)) => {
                page.markup("<span class=\"unknown\">not known</span> <small>");
                page.prose(why).markup("</small>")
            }
            None => page.markup("not looked"),
        };
        page.markup("</td><td class=\"digits\">").code(short(sha256)).markup("</td></tr>\n");
    }
    page.markup("</tbody>\n</table>\n</section>\n");
}

fn short(digest: &Digest) -> String {
    let mut digits = digest.to_string();
    digits.truncate(SHORT);
    digits
}

fn number(page: &mut Html, number: usize, one: &'static str, several: &'static str) {
    page.text(number).markup(" ").markup(if number == 1 { one } else { several });
}

/// The routes that are mounted, and how they stand to the list that is kept.
pub(super) fn routes(page: &mut Html, report: &Report) {
    let Some(routes) = &report.routes else { return };
    page.markup("<section aria-labelledby=\"routes\">\n<h2 id=\"routes\">Routes</h2>\n");
    if let Some(difference) = report.route_list.as_ref().and_then(ListComparison::difference) {
        lines(page, "Expected and not mounted", difference.missing());
        lines(page, "Mounted and not expected", difference.unexpected());
    }
    match routes.list() {
        Some(list) if !list.is_empty() => {
            page.markup(
                "<div id=\"filter\" role=\"search\" aria-label=\"Routes\" hidden>\
                 <label for=\"needle\">Filter</label>\
                 <input id=\"needle\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" \
                 placeholder=\"method or path\"><output for=\"needle\"></output></div>\n\
                 <table id=\"route-list\">\n<caption>",
            );
            number(page, list.len(), "mounted route", "mounted routes");
            page.markup(
                "</caption>\n<thead><tr><th scope=\"col\">Path</th>\
                 <th scope=\"col\">Methods</th></tr></thead>\n<tbody>\n",
            );
            for route in list {
                page.markup("<tr><th scope=\"row\">").code(route.path()).markup("</th><td>");
                behind(page, route);
                page.markup("</td></tr>\n");
            }
            page.markup("</tbody>\n</table>\n");
        }
        Some(_) => {
            page.markup("<p>There are none.</p>\n");
        }
        None => {
            let why = routes.reason().unwrap_or_default();
            page.markup("<p>They are not known: ").prose(why).markup("</p>\n");
        }
    }
    page.markup("</section>\n");
}

fn behind(page: &mut Html, route: &Route) {
    let methods: Vec<_> = route.methods().collect();
    if route.is_opaque() {
        page.markup("a service that is not looked into");
        if route.is_prefix() {
            page.markup(", with all below");
        }
    } else if route.is_fallback() {
        page.markup("what no route matches");
    } else if route.is_any() {
        page.markup("any");
    } else {
        page.code(methods.join(" "));
        if route.has_method_fallback() {
            page.markup(" and others");
        }
    }
}

/// A list with a heading, or nothing if it is empty.
fn lines(page: &mut Html, heading: &'static str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    page.markup("<h3>").markup(heading).markup("</h3>\n<ul class=\"lines\">\n");
    for line in lines {
        page.markup("<li>").code(line).markup("</li>\n");
    }
    page.markup("</ul>\n");
}

/// The shipped directories, and the files in them that differ.
pub(super) fn shipped(page: &mut Html, report: &Report) {
    let directories = report.observed.as_ref().map_or(&[][..], |observed| &observed.shipped);
    if directories.is_empty() {
        return;
    }
    page.markup("<section aria-labelledby=\"shipped\">\n<h2 id=\"shipped\">Shipped files</h2>\n");
    for directory in directories {
        let ShippedState { name, at, state, sha256, files, difference, unknown, .. } = directory;
        page.markup("<div class=\"directory\">\n<h3>").code(name).markup(" ");
        match state {
            ShippedIs::Same => page.markup("<span class=\"tag well\">same</span>"),
            ShippedIs::Different => page.markup("<span class=\"tag wrong\">different</span>"),
            ShippedIs::Missing => page.markup("<span class=\"tag wrong\">missing</span>"),
            _ => page.markup("<span class=\"tag unknown\">unknown</span>"),
        };
        page.markup("</h3>\n<p>").code(at);
        if sha256.is_some() {
            page.markup(", ").text(files).markup(if *files == 1 { " file" } else { " files" });
        }
        if let Some(why) = unknown {
            page.markup(": ").prose(why);
        }
        page.markup("</p>\n");
        if let Some(FileDifference { missing, changed, added, more, .. }) = difference {
            lines(page, "Missing", missing);
            lines(page, "Changed", changed);
            lines(page, "Added", added);
            if *more > 0 {
                page.markup("<p>and ").text(more).markup(" more</p>\n");
            }
        }
        page.markup("</div>\n");
    }
    page.markup("</section>\n");
}

/// The configuration that it names.
pub(super) fn config(page: &mut Html, report: &Report) {
    let Some(observed) = &report.observed else { return };
    if observed.config.is_empty() && observed.variables.is_empty() {
        return;
    }
    page.markup("<section aria-labelledby=\"config\">\n<h2 id=\"config\">Configuration</h2>\n");
    for ConfigState { name, at, state, unknown, .. } in &observed.config {
        page.markup("<div class=\"directory\">\n<h3>").code(name).markup(" ");
        match state {
            ConfigIs::Same => page.markup("<span class=\"tag well\">loaded</span>"),
            ConfigIs::Changed => page.markup("<span class=\"tag wrong\">not loaded</span>"),
            ConfigIs::Gone => page.markup("<span class=\"tag wrong\">gone</span>"),
            _ => page.markup("<span class=\"tag unknown\">unknown</span>"),
        };
        page.markup("</h3>\n<p>").code(at);
        if let Some(why) = unknown {
            page.markup(": ").prose(why);
        }
        page.markup("</p>\n</div>\n");
    }
    if !observed.variables.is_empty() {
        page.markup("<div class=\"directory\">\n<h3>Variables, as at the start</h3>\n<p>");
        for (place, variable) in observed.variables.iter().enumerate() {
            page.markup(if place == 0 { "" } else { ", " }).code(&variable.name);
            page.markup(if variable.set { "" } else { " (not set)" });
        }
        page.markup("</p>\n</div>\n");
    }
    page.markup("</section>\n");
}

/// The local packages that it was built from.
pub(super) fn packages(page: &mut Html, report: &Report) {
    let packages = report.packages.as_deref().unwrap_or_default();
    if packages.len() < 2 {
        return;
    }
    page.markup(
        "<section aria-labelledby=\"packages\">\n<h2 id=\"packages\">Local packages</h2>\n<table>\n\
         <caption>",
    );
    number(page, packages.len(), "package", "packages");
    page.markup(
        "</caption>\n<thead><tr><th scope=\"col\">Package</th><th scope=\"col\">Directory</th>\
         <th scope=\"col\">Content</th></tr></thead>\n<tbody>\n",
    );
    for package in packages {
        page.markup("<tr><th scope=\"row\">").code(&package.name).markup("</th><td>");
        page.code(&package.path);
        if package.inactive {
            page.markup(" (not in this build)");
        }
        page.markup("</td><td class=\"digits\">")
            .code(short(&package.sha256))
            .markup("</td></tr>\n");
    }
    page.markup("</tbody>\n</table>\n</section>\n");
}
