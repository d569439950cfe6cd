//! What is wrong with a contract, shown as compilers do: the line, what of it is meant, why, and how to go on.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use govm_sdk_go::{Diagnostic, Place, Severity};
use serde_json::{Value, json};

/// How errors are marked.
const ERROR: Style = AnsiColor::Red.on_default().bold();
/// How warnings are marked.
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// What frames the source.
const FRAME: Style = AnsiColor::Blue.on_default();

/// How many are shown to people; a program gets all.
const MAX_SHOWN: usize = 20;

/// The diagnostics as JSON.
pub(crate) fn to_json(diagnostics: &[Diagnostic]) -> Value {
    diagnostics.iter().map(one_to_json).collect()
}

fn one_to_json(diagnostic: &Diagnostic) -> Value {
    let mut json = json!({
        "severity": diagnostic.severity.name(), "check": diagnostic.check, "text": diagnostic.text,
        "why": diagnostic.why, "help": diagnostic.help,
    });
    if let Some(Place { file, line, column, end_column, .. }) = &diagnostic.place {
        let place = json!({ "file": file, "line": line, "column": column, "end_column": end_column });
        json["place"] = place;
    }
    json
}

/// The diagnostics for people, with a line after each.
pub(crate) fn to_text(diagnostics: &[Diagnostic]) -> String {
    let mut text: String = diagnostics.iter().take(MAX_SHOWN).map(one_to_text).collect();
    if diagnostics.len() > MAX_SHOWN {
        let _ = writeln!(text, "and {} more\n", diagnostics.len() - MAX_SHOWN);
    }
    text
}

/// How many errors and warnings there are.
pub(crate) fn count(diagnostics: &[Diagnostic]) -> String {
    let of = |severity, noun: &str| match diagnostics.iter().filter(|it| it.severity == severity).count() {
        0 => None,
        1 => Some(format!("1 {noun}")),
        n => Some(format!("{n} {noun}s")),
    };
    let parts = [of(Severity::Error, "error"), of(Severity::Warning, "warning")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

fn one_to_text(diagnostic: &Diagnostic) -> String {
    let style = if diagnostic.severity == Severity::Error { ERROR } else { WARNING };
    let (severity, check) = (diagnostic.severity.name(), &diagnostic.check);
    let mut text = format!("{style}{severity}[{check}]{style:#}: {}\n", diagnostic.text.replace('\n', "\n  "));
    let place = diagnostic.place.as_ref();
    let margin = place.map_or(0, |place| place.line.to_string().len());
    if let Some(place) = place {
        excerpt(&mut text, place, margin, style);
    }
    for (label, remark) in [("", &diagnostic.why), ("help: ", &diagnostic.help)] {
        if !remark.is_empty() {
            let _ = writeln!(text, "{:margin$} {FRAME}={FRAME:#} {label}{remark}", "");
        }
    }
    text.push('\n');
    text
}

/// The place, and the line of the source with a mark under what is meant.
fn excerpt(text: &mut String, place: &Place, margin: usize, style: Style) {
    let Place { file, line, column, source, .. } = place;
    let column_text = if *column > 0 { format!(":{column}") } else { String::new() };
    let _ = writeln!(text, "{:margin$}{FRAME}-->{FRAME:#} {}:{line}{column_text}", "", file.display());
    if source.is_empty() {
        return;
    }
    let _ = writeln!(text, "{:margin$} {FRAME}|{FRAME:#}", "");
    let _ = writeln!(text, "{FRAME}{line:margin$} |{FRAME:#} {}", shown(source));
    if let Some((before, marked)) = split(place) {
        let indent = shown(before).chars().count();
        let length = shown(marked).chars().count().max(1);
        let _ = writeln!(text, "{:margin$} {FRAME}|{FRAME:#} {:indent$}{style}{:^<length$}{style:#}", "", "", "");
    }
}

/// What of the line comes before what is meant, and what is meant.
fn split(place: &Place) -> Option<(&str, &str)> {
    let start = place.column.checked_sub(1)?;
    let end = place.end_column.saturating_sub(1).max(start).min(place.source.len());
    Some((place.source.get(..start)?, place.source.get(start..end)?))
}

/// Source text as a terminal can show it: tabs as spaces, and no control characters.
fn shown(source: &str) -> String {
    source.replace('\t', "    ").replace(char::is_control, "\u{fffd}")
}
