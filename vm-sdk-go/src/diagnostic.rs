//! What is said about a contract, and where.

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

/// How bad a problem of a contract is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// It keeps the contract from being built.
    Error,
    /// The contract can be built with it.
    Warning,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing that is wrong with a contract. Its `Display` is a line as Go prints one, `file:line:column: text`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The name of the check that found it, for example `import`.
    pub check: String,
    /// Where it is; nowhere in particular if it is about the whole contract.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// What is wrong.
    pub text: String,
    /// The reason, and what to do; empty if the text says all.
    #[serde(default)]
    pub why: String,
    /// How to say that it is meant to be so; empty if that cannot be said.
    #[serde(default)]
    pub help: String,
}

/// A place in a source.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Place {
    /// The file, as the user names it.
    pub file: PathBuf,
    /// The line, from 1 on.
    pub line: usize,
    /// The column, in bytes from 1 on; 0 if only the line is known.
    #[serde(default)]
    pub column: usize,
    /// The first column after what is wrong; 0 if that is not known or in another line.
    #[serde(default)]
    pub end_column: usize,
    /// The line's text; empty if it could not be read.
    #[serde(default)]
    pub source: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{}:{}:", place.file.display(), place.line)?;
            if place.column > 0 {
                write!(f, "{}:", place.column)?;
            }
            f.write_str(" ")?;
        }
        if self.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        f.write_str(&self.text)?;
        if self.why.is_empty() { Ok(()) } else { write!(f, ": {}", self.why) }
    }
}

/// The diagnostics as lines.
pub(crate) fn lines(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
