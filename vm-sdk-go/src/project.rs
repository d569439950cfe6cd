//! New contracts: a Go module with a contract, tests, a Makefile and the SDK, which needs neither network nor this repository.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::source;

/// The sample contracts that templates are made of: path below `contracts`, contents.
const SAMPLES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/samples.rs"));

/// The Go module of the samples, whose path becomes that of the new module.
const SAMPLES_MODULE: &str = "github.com/govm-net/vm/contracts/";

/// The folder of the SDK in a new module. Go passes over it when it looks for packages.
const SDK_FOLDER: &str = ".sdk";

const README: &str = include_str!("project/README.txt");
const MAKEFILE: &str = include_str!("project/Makefile.txt");
const EMPTY: &str = include_str!("project/empty.txt");
const EMPTY_TEST: &str = include_str!("project/empty_test.txt");
const IGNORED: &str = "/.govm/\n*.wasm\n";

/// What a new contract begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Template {
    /// A function that greets.
    Empty,
    /// Counters with owners.
    Counter,
    /// A fungible token.
    Token,
    /// Tokens that are each one of its kind.
    Nft,
}

impl Template {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Empty, Self::Counter, Self::Token, Self::Nft];

    /// The name, for example `counter`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Counter => "counter",
            Self::Token => "token",
            Self::Nft => "nft",
        }
    }
}

/// Why no new contract was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// The name cannot be that of a Go module.
    #[error(
        "{name:?} cannot be the name of a contract: it begins with a letter and goes on with letters, digits, - and _, and is no \
         word of Go; for example {suggestion}"
    )]
    BadName {
        /// The name.
        name: String,
        /// One that would do.
        suggestion: String,
    },
    /// There is something with the name.
    #[error("{} is there already: choose another name, or remove it", path.display())]
    Taken {
        /// The folder.
        path: PathBuf,
    },
    /// A file could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// A contract that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The folder of the module.
    pub folder: PathBuf,
    /// The contract's package: the name of its folder in the module.
    pub package: String,
}

/// Writes a new contract into a folder of its own, which gives the contract its name.
///
/// # Errors
/// See [`ProjectError`]. Nothing is written if the name is bad or taken.
pub fn new_project(folder: &Path, template: Template) -> Result<Project, ProjectError> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !is_name(name) {
        return Err(ProjectError::BadName { name: name.to_owned(), suggestion: suggestion(name) });
    }
    let taken = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    };
    if taken {
        return Err(ProjectError::Taken { path: folder.to_owned() });
    }
    let words = Words::new(name, template);
    let write = |path: &str, text: &[u8]| -> Result<(), ProjectError> {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&path, text))
            .map_err(|source| ProjectError::Io { path, source })
    };
    for (file, text) in words.files(template) {
        write(&file, text.as_bytes())?;
    }
    for (file, contents) in source::SDK {
        write(&format!("{SDK_FOLDER}/{file}"), contents)?;
    }
    Ok(Project { folder: folder.to_owned(), package: words.package })
}

/// What stands for the words in capitals of the texts.
struct Words {
    name: String,
    module: String,
    package: String,
    type_name: String,
}

impl Words {
    fn new(name: &str, template: Template) -> Self {
        let package = match template {
            Template::Empty => name.replace(['-', '_'], "").to_lowercase(),
            sample => sample.name().to_owned(),
        };
        let mut type_name = String::new();
        for word in name.split(['-', '_']) {
            let mut letters = word.chars();
            type_name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
            type_name.push_str(letters.as_str());
        }
        Self { name: name.to_owned(), module: format!("example.com/{name}"), package, type_name }
    }

    /// The files of the module but the SDK's.
    fn files(&self, template: Template) -> Vec<(String, String)> {
        let Self { module, package, .. } = self;
        let mut files = vec![
            ("README.md".to_owned(), self.fill(README)),
            ("Makefile".to_owned(), self.fill(MAKEFILE)),
            (".gitignore".to_owned(), IGNORED.to_owned()),
            (
                "go.mod".to_owned(),
                format!(
                    "module {module}\n\ngo 1.24\n\nrequire github.com/govm-net/vm v0.1.0\n\nreplace github.com/govm-net/vm => ./{SDK_FOLDER}\n"
                ),
            ),
        ];
        if template == Template::Empty {
            files.push((format!("{package}/{package}.go"), self.fill(EMPTY)));
            files.push((format!("{package}/{package}_test.go"), self.fill(EMPTY_TEST)));
        }
        let folder = format!("{}/", template.name());
        for (file, contents) in SAMPLES.iter().filter(|(file, _)| file.starts_with(&folder)) {
            let text = String::from_utf8_lossy(contents);
            files.push(((*file).to_owned(), text.replace(SAMPLES_MODULE, &format!("{module}/"))));
        }
        files
    }

    fn fill(&self, text: &str) -> String {
        let words =
            [("NAME", &self.name), ("MODULE", &self.module), ("PACKAGE", &self.package), ("TYPE", &self.type_name)];
        words.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
    }
}

/// The words of Go that no package can be named after, and the names that mean something to the go command.
const WORDS: [&str; 30] = [
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "core",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "init",
    "interface",
    "internal",
    "main",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
    "vendor",
];

fn is_name(name: &str) -> bool {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    plain
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && !WORDS.contains(&name.to_lowercase().as_str())
}

/// A name like the one that was wanted.
fn suggestion(name: &str) -> String {
    let mut words = name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut like =
        words.next().unwrap_or_default().trim_start_matches(|first: char| first.is_ascii_digit()).to_lowercase();
    words.for_each(|word| like.push_str(&format!("-{}", word.to_lowercase())));
    let like = like.trim_start_matches('-').to_owned();
    match like.as_str() {
        "" => "shop".to_owned(),
        _ if is_name(&like) => like,
        _ => format!("my-{like}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_name_leads_to_a_good_one() {
        for (name, expected) in [
            ("", "shop"),
            ("..", "shop"),
            ("2nd shop!", "nd-shop"),
            ("Café", "caf"),
            ("my.shop", "my-shop"),
            ("func", "my-func"),
            ("Main", "my-main"),
        ] {
            assert!(!is_name(name), "{name}");
            assert_eq!(suggestion(name), expected, "{name}");
            assert!(is_name(expected), "{expected}");
        }
        for name in ["shop", "Shop2", "my-shop", "a_b"] {
            assert!(is_name(name), "{name}");
        }
    }

    #[test]
    fn the_words_of_a_name() {
        let words = Words::new("my-pawn_shop", Template::Empty);
        assert_eq!((words.package.as_str(), words.type_name.as_str()), ("mypawnshop", "MyPawnShop"));
        assert_eq!(Words::new("shop", Template::Counter).package, "counter");
    }

    #[test]
    fn every_sample_is_there_with_its_test() {
        for template in Template::ALL.into_iter().filter(|&it| it != Template::Empty) {
            for suffix in [".go", "_test.go"] {
                let file = format!("{0}/{0}{suffix}", template.name());
                assert!(SAMPLES.iter().any(|(name, _)| *name == file), "{file}");
            }
        }
    }
}
