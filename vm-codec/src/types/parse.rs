//! Reading the spelling of a type.

use std::fmt;
use std::str::FromStr;

use super::{Scalar, Type};
use crate::limits::MAX_DEPTH;

/// A text that is not the spelling of a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("type {text:?}: {kind} at position {position}")]
pub struct ParseTypeError {
    /// The text, cut to a printable length.
    pub text: String,
    /// The byte of the text, counted from 0, where reading stopped.
    pub position: usize,
    /// What is wrong there.
    pub kind: ParseTypeErrorKind,
}

/// What is wrong with the spelling of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseTypeErrorKind {
    /// Neither a name nor one of `*`, `[` and `map[` is there.
    Type,
    /// A `]` is missing.
    Bracket,
    /// The length of an array is no decimal number below 2^32, or has leading zeros.
    Length,
    /// The type is complete, but the text goes on.
    End,
    /// More levels than [`MAX_DEPTH`].
    Depth,
    /// A type of Go that has another spelling here.
    Spelling(&'static str),
}

impl fmt::Display for ParseTypeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type => f.write_str("a type is expected"),
            Self::Bracket => f.write_str("a ] is expected"),
            Self::Length => f.write_str("an array length is expected"),
            Self::End => f.write_str("nothing more is expected"),
            Self::Depth => write!(f, "more than {MAX_DEPTH} levels"),
            Self::Spelling(name) => write!(f, "this type is spelled {name}"),
        }
    }
}

/// Spellings that Go has and the ABI does not: with two names for one type, equal ABIs would differ.
const OTHER_SPELLINGS: [(&str, &str); 3] = [("byte", "uint8"), ("rune", "int32"), ("uintptr", "uint64")];

impl FromStr for Type {
    type Err = ParseTypeError;

    fn from_str(text: &str) -> Result<Self, ParseTypeError> {
        let mut parser = Parser { text, position: 0 };
        let parsed = parser.ty(0).and_then(|ty| match parser.rest() {
            "" => Ok(ty),
            _ => Err(ParseTypeErrorKind::End),
        });
        parsed.map_err(|kind| ParseTypeError {
            text: text.chars().take(200).collect(),
            position: parser.position,
            kind,
        })
    }
}

struct Parser<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn accept(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.position += token.len();
        }
        found
    }

    fn close(&mut self) -> Result<(), ParseTypeErrorKind> {
        if self.accept("]") { Ok(()) } else { Err(ParseTypeErrorKind::Bracket) }
    }

    fn ty(&mut self, depth: usize) -> Result<Type, ParseTypeErrorKind> {
        if depth > MAX_DEPTH {
            return Err(ParseTypeErrorKind::Depth);
        }
        if self.accept("*") {
            return Ok(Type::option(self.ty(depth + 1)?));
        }
        if self.accept("[]") {
            return Ok(Type::slice(self.ty(depth + 1)?));
        }
        if self.accept("[") {
            let len = self.array_len()?;
            self.close()?;
            return Ok(Type::array(len, self.ty(depth + 1)?));
        }
        if self.accept("map[") {
            let key = self.ty(depth + 1)?;
            self.close()?;
            return Ok(Type::map(key, self.ty(depth + 1)?));
        }
        self.name()
    }

    fn array_len(&mut self) -> Result<u32, ParseTypeErrorKind> {
        let rest = self.rest();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let text = &rest[..digits];
        let canonical = text == "0" || !text.starts_with('0');
        let len = text.parse().ok().filter(|_| canonical).ok_or(ParseTypeErrorKind::Length)?;
        self.position += digits;
        Ok(len)
    }

    fn name(&mut self) -> Result<Type, ParseTypeErrorKind> {
        let rest = self.rest();
        let part = |c: char| c.is_alphanumeric() || c == '_';
        let len = rest.find(|c| !part(c)).unwrap_or(rest.len());
        let name = &rest[..len];
        if name == "map" || !super::is_identifier(name) {
            return Err(ParseTypeErrorKind::Type);
        }
        if let Some((_, ours)) = OTHER_SPELLINGS.iter().find(|(theirs, _)| *theirs == name) {
            return Err(ParseTypeErrorKind::Spelling(ours));
        }
        self.position += len;
        Ok(Scalar::by_name(name).unwrap_or_else(|| Type::named(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> (ParseTypeErrorKind, usize) {
        let error = text.parse::<Type>().unwrap_err();
        (error.kind, error.position)
    }

    #[test]
    fn every_spelling_is_read_back_as_it_was_printed() {
        let composed = ["*uint8", "[]string", "[4]uint8", "map[Address]map[int8][]*Größe", "[0]any", "Point", "_p1"];
        for text in crate::types::spelling::SCALARS.iter().map(|scalar| scalar.name).chain(composed) {
            assert_eq!(text.parse::<Type>().unwrap().to_string(), text);
        }
        assert_eq!("[][]uint8".parse(), Ok(Type::slice(Type::Bytes)));
    }

    #[test]
    fn an_error_points_at_the_position() {
        use ParseTypeErrorKind::*;
        assert_eq!(error(""), (Type, 0));
        assert_eq!(error("[]"), (Type, 2));
        assert_eq!(error("[]func()"), (End, 6));
        assert_eq!(error("map[string]"), (Type, 11));
        assert_eq!(error("map[string"), (Bracket, 10));
        assert_eq!(error("map"), (Type, 0));
        assert_eq!(error("[01]bool"), (Length, 1));
        assert_eq!(error("[4294967296]bool"), (Length, 1));
        assert_eq!(error("[4bool"), (Bracket, 2));
        assert_eq!(error("[]byte"), (Spelling("uint8"), 2));
        assert_eq!(error("bool "), (End, 4));
        assert_eq!(error("1x"), (Type, 0));
        assert_eq!(error(&format!("{}bool", "[]".repeat(100_000))), (Depth, 130));
    }
}
