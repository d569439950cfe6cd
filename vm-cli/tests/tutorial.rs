//! The tutorial `docs/writing_contracts.md`, done as it says: its files are written, its commands run, its answers compared.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{cache, go, repository};
use serde_json::Value;

/// A fenced block: its language, the line before it, and its text.
struct Block<'a> {
    language: &'a str,
    before: &'a str,
    text: String,
}

fn blocks(document: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut before = "";
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
            blocks.push(Block { language, before, text });
        } else if !line.is_empty() {
            before = line;
        }
    }
    blocks
}

/// The name of a file at the end of a sentence that says where a block goes: "… is `go.mod`:".
fn file_name(before: &str) -> &str {
    let name = before.strip_suffix("`:").and_then(|rest| rest.rsplit('`').next());
    name.unwrap_or_else(|| panic!("{before:?} does not say where the block below it goes"))
}

/// Who does the tutorial: a folder, and what stands for the ids of the text.
struct Reader {
    folder: tempfile::TempDir,
    ids: Vec<(&'static str, String)>,
}

impl Reader {
    /// Runs a line of a shell block. `# …` at its end is the answer that the text promises.
    fn run(&mut self, line: &str) {
        let (command, promised) = match line.split_once("   # ") {
            Some((command, answer)) => (command, Some(answer)),
            None => (line, None),
        };
        let on_chain = ["deploy", "call", "query"].iter().any(|verb| command.starts_with(&format!("govm {verb}")));
        let mut words = command.to_owned();
        self.ids.iter().for_each(|(name, id)| words = words.replace(name, id));
        if on_chain {
            words.push_str(" --json");
        }
        let printed = self.shell(&words);
        if !on_chain {
            return;
        }
        let answer: Value = serde_json::from_str(&printed).unwrap();
        if command.starts_with("govm deploy") {
            self.ids.push(("0xVOTE", answer["address"].as_str().unwrap().to_owned()));
        } else if promised == Some("0xBALLOT") {
            self.ids.push(("0xBALLOT", answer["result"][0].as_str().unwrap().to_owned()));
        } else if let Some(promised) = promised {
            assert_eq!(answer["result"][0], serde_json::from_str::<Value>(promised).unwrap(), "{line}");
        }
    }

    fn shell(&self, words: &str) -> String {
        let programs = [Path::new(env!("CARGO_BIN_EXE_govm")).parent(), go().path().parent()];
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = programs.into_iter().flatten().map(Path::to_owned).chain(std::env::split_paths(&path));
        let mut shell = Command::new("sh");
        shell.args(["-c", words]).current_dir(self.folder.path());
        shell.env("PATH", std::env::join_paths(folders).unwrap()).env("XDG_CACHE_HOME", cache());
        shell.env("GOVM_GO", go().path()).env("GOFLAGS", "").env("GOPROXY", "off").env_remove("GOVM_DATA_DIR");
        let output = shell.output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{words}\n{stdout}{}", String::from_utf8_lossy(&output.stderr));
        stdout
    }
}

#[test]
fn the_tutorial_works_as_written() {
    let document = fs::read_to_string(repository("docs/writing_contracts.md")).unwrap();
    let sdk = fs::canonicalize(repository("vm-sdk-go")).unwrap();
    let mut reader = Reader { folder: tempfile::tempdir().unwrap(), ids: Vec::new() };
    let (mut files, mut commands) = (0, 0);
    for block in blocks(&document) {
        match block.language {
            "go" | "text" => {
                let text = block.text.replace("/path/to/govm/vm-sdk-go", sdk.to_str().unwrap());
                fs::write(reader.folder.path().join(file_name(block.before)), text).unwrap();
                files += 1;
            }
            "sh" => {
                // Each command must work alone: all that the text has said so far is there.
                for line in block.text.lines() {
                    reader.run(line);
                    commands += 1;
                }
            }
            language => panic!("the tutorial has a block of {language:?}, which nobody runs"),
        }
    }
    assert_eq!((files, commands), (5, 11), "files and commands of the tutorial");
}
