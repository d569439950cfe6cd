//! Where inside a nested value something went wrong.

use std::error::Error;
use std::fmt;

/// One step from a value into a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// An argument of a call, counted from 0, with its parameter's name (may be empty).
    Argument(usize, String),
    /// A result of a call, counted from 0, with its name (may be empty).
    Result(usize, String),
    /// A field of a struct.
    Field(String),
    /// An element of a slice or an array, counted from 0.
    Index(usize),
    /// The value under the key of a map or an event; the key in its short form.
    Key(String),
    /// The key of the map entry with this number, counted from 0.
    Entry(usize),
    /// What an `any` holds.
    Any,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbered = |f: &mut fmt::Formatter<'_>, what, index: &usize, name: &String| {
            write!(f, "{what} {}", index + 1)?;
            if name.is_empty() { Ok(()) } else { write!(f, " ({name})") }
        };
        match self {
            Self::Argument(index, name) => numbered(f, "argument", index, name),
            Self::Result(index, name) => numbered(f, "result", index, name),
            Self::Field(name) => write!(f, ".{name}"),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Key(key) => write!(f, "[{key}]"),
            Self::Entry(index) => write!(f, "[key {index}]"),
            Self::Any => f.write_str(".(any)"),
        }
    }
}

/// An error together with the place inside the value that it speaks of.
///
/// Its text reads `argument 2 (points)[3].X: 300 does not fit uint8`; at the outermost value the place is empty
/// and only the cause is printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Located<K>(Box<Inner<K>>);

#[derive(Clone, PartialEq, Eq)]
struct Inner<K> {
    /// The innermost step first, since places are put together while an error travels outwards.
    steps: Vec<Step>,
    kind: K,
}

impl<K> Located<K> {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &K {
        &self.0.kind
    }

    /// The steps from the outermost value to the place of the error.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.0.steps.iter().rev()
    }

    /// The place as text, for example `argument 2 (points)[3].X`; empty for the outermost value.
    #[must_use]
    pub fn place(&self) -> String {
        let text: String = self.steps().map(Step::to_string).collect();
        text.strip_prefix('.').map(str::to_owned).unwrap_or(text)
    }

    /// The same error one step further out.
    #[must_use]
    pub(crate) fn within(mut self, step: Step) -> Self {
        self.0.steps.push(step);
        self
    }
}

impl<K> From<K> for Located<K> {
    fn from(kind: K) -> Self {
        Self(Box::new(Inner { steps: Vec::new(), kind }))
    }
}

impl<K: fmt::Display> fmt::Display for Located<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.steps.is_empty() {
            return self.kind().fmt(f);
        }
        write!(f, "{}: {}", self.place(), self.kind())
    }
}

impl<K: fmt::Debug> fmt::Debug for Located<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:?}", self.kind(), self.place())
    }
}

impl<K: Error> Error for Located<K> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.kind().source()
    }
}
