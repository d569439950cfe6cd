//! What is printed, and how: results on standard output, everything else on standard error; colours only on a terminal.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use govm_sdk_go::Diagnostic;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::diagnostics;
use crate::failure::Failure;

/// How results are marked.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// How failures are marked.
const BAD: Style = AnsiColor::Red.on_default().bold();
/// How side remarks are marked.
pub(crate) const DIM: Style = Style::new().dimmed();

/// Is told what is being done, how many are done, and how many there are.
pub(crate) type Progress<'a> = dyn FnMut(&'static str, u64, u64) + 'a;

/// Where things are printed.
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a result: the JSON, or the text for people. A reader that went away is no failure.
    pub(crate) fn result(&self, json: &Value, text: impl Display) {
        let mut out = anstream::stdout().lock();
        let _ = if self.json { writeln!(out, "{json}") } else { writeln!(out, "{text}") };
    }

    /// Whether results are JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Prints a remark that is no result.
    pub(crate) fn remark(&self, text: impl Display) {
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    }

    /// Prints what has a JSON form only; people are told in another way.
    pub(crate) fn json(&self, json: &Value) {
        if self.json {
            self.result(json, "");
        }
    }

    /// Prints a line of a story, which has no JSON form.
    pub(crate) fn line(&self, text: impl Display) {
        if !self.json {
            let _ = writeln!(anstream::stdout().lock(), "{text}");
        }
    }

    /// Says how much gas a program used, beside what it printed itself.
    pub(crate) fn gas_used(&self, gas: u64) {
        let mut err = anstream::stderr().lock();
        let _ = match self.json {
            true => writeln!(err, "{}", json!({ "gas_used": gas })),
            false => writeln!(err, "{DIM}gas used{DIM:#} {}", grouped(gas)),
        };
    }

    /// Prints what is wrong with a contract that can be built, for people; results have it as JSON.
    pub(crate) fn diagnostics(&self, diagnostics: &[Diagnostic]) {
        if !self.json {
            let _ = write!(anstream::stderr().lock(), "{}", diagnostics::to_text(diagnostics));
        }
    }

    /// Prints a failure.
    pub(crate) fn failure(&self, failure: &Failure) {
        let mut err = anstream::stderr().lock();
        let Failure { code, message, .. } = failure;
        if self.json {
            let mut error = json!({ "code": code, "message": message });
            if !failure.diagnostics.is_empty() {
                error["diagnostics"] = diagnostics::to_json(&failure.diagnostics);
            }
            let _ = writeln!(err, "{}", json!({ "error": error }));
            return;
        }
        if !failure.diagnostics.is_empty() {
            let _ = write!(err, "{}", diagnostics::to_text(&failure.diagnostics));
            let _ =
                writeln!(err, "{BAD}error{BAD:#}{DIM}[{code}]{DIM:#}: {}", diagnostics::count(&failure.diagnostics));
            return;
        }
        let text = if message.is_empty() { code } else { message };
        let _ = writeln!(err, "{BAD}error{BAD:#}{DIM}[{code}]{DIM:#}: {text}");
        if !failure.hint.is_empty() {
            let _ = writeln!(err, "  {}", failure.hint);
        }
        for line in String::from_utf8_lossy(&failure.trace).lines().take(MAX_TRACE_LINES) {
            let _ = writeln!(err, "{DIM}  | {}{DIM:#}", line.replace(char::is_control, " "));
        }
    }

    /// Does something that tells how far it is, with a bar if somebody watches.
    pub(crate) fn counting<T>(&self, unit: &str, work: impl FnOnce(&mut Progress<'_>) -> T) -> T {
        if self.json || !std::io::stderr().is_terminal() {
            return work(&mut |_, _, _| {});
        }
        let bar = ProgressBar::new(0);
        let template = "{msg} [{bar:30.cyan}] {human_pos} of {human_len} UNIT, {eta:.dim} left".replace("UNIT", unit);
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        let done = work(&mut |what, done, total| {
            bar.set_length(total);
            bar.set_position(done);
            bar.set_message(what);
        });
        bar.finish_and_clear();
        done
    }

    /// Does something that takes a while, with a spinner if somebody watches.
    pub(crate) fn during<T>(&self, what: impl Into<String>, work: impl FnOnce() -> T) -> T {
        if self.json || !std::io::stderr().is_terminal() {
            return work();
        }
        let spinner = ProgressBar::new_spinner().with_message(what.into());
        if let Ok(style) = ProgressStyle::with_template("{spinner:.cyan} {msg} {elapsed:.dim}") {
            spinner.set_style(style);
        }
        spinner.enable_steady_tick(Duration::from_millis(80));
        let done = work();
        spinner.finish_and_clear();
        done
    }
}

/// How much of a failed contract's own output is shown.
const MAX_TRACE_LINES: usize = 12;

/// A number with its digits in groups of three.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A duration in the unit that suits it.
pub(crate) fn elapsed(duration: Duration) -> String {
    match duration.as_micros() {
        us @ ..1_000 => format!("{us} us"),
        us @ ..1_000_000 => format!("{:.1} ms", us as f64 / 1e3),
        us => format!("{:.1} s", us as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_from_the_right() {
        let table = [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567")];
        for (number, text) in table {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn durations_have_the_unit_that_suits_them() {
        let table = [(999, "999 us"), (1_000, "1.0 ms"), (1_234_000, "1.2 s")];
        for (us, text) in table {
            assert_eq!(elapsed(Duration::from_micros(us)), text);
        }
    }
}
