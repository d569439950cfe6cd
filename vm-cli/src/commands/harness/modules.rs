//! The modules of the contracts that tests deploy: each built once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use govm_core::code_hash;
use govm_sdk_go::Builder;
use serde_json::Value;

use crate::args::Go;
use crate::failure::Failure;
use crate::places;

/// A module and the name of its contract.
pub(super) struct Module {
    pub(super) name: String,
    pub(super) wasm: Vec<u8>,
}

pub(super) struct Modules {
    builder: Builder,
    /// Shared with the other engines of the same `govm test`.
    folder: Option<PathBuf>,
    /// Or why they could not be built: no test has to wait for the same message again.
    built: HashMap<PathBuf, Result<Rc<Module>, String>>,
}

impl Modules {
    pub(super) fn new(go: &Go, folder: Option<PathBuf>) -> Result<Self, Failure> {
        Ok(Self { builder: places::builder(go.path.as_deref())?, folder, built: HashMap::new() })
    }

    /// The module of the contract in a folder, or why it cannot be built.
    pub(super) fn of(&mut self, source: &Path) -> Result<Rc<Module>, String> {
        if let Some(module) = self.built.get(source) {
            return module.clone();
        }
        let module = match self.kept(source) {
            Some(module) => Ok(Rc::new(module)),
            None => self.build(source).map(Rc::new).map_err(Failure::into_message),
        };
        self.built.insert(source.to_owned(), module.clone());
        module
    }

    fn build(&self, source: &Path) -> Result<Module, Failure> {
        let built = self.builder.build(source)?;
        let name = name_of(built.abi.as_bytes()).ok_or_else(|| Failure::host("the ABI that was built has no name"))?;
        if let Some((wasm, abi)) = self.files(source) {
            // The ABI last: whoever finds it finds the module too.
            write_whole(&wasm, &built.wasm)?;
            write_whole(&abi, built.abi.as_bytes())?;
        }
        Ok(Module { name, wasm: built.wasm })
    }

    /// What another engine of the same run has built.
    fn kept(&self, source: &Path) -> Option<Module> {
        let (wasm, abi) = self.files(source)?;
        let name = name_of(&std::fs::read(abi).ok()?)?;
        Some(Module { name, wasm: std::fs::read(wasm).ok()? })
    }

    fn files(&self, source: &Path) -> Option<(PathBuf, PathBuf)> {
        let name = code_hash(source.as_os_str().as_encoded_bytes()).to_string();
        let file = |extension| Some(self.folder.as_ref()?.join(&name).with_extension(extension));
        Some((file("wasm")?, file("json")?))
    }
}

fn name_of(abi: &[u8]) -> Option<String> {
    let abi: Value = serde_json::from_slice(abi).ok()?;
    Some(abi["name"].as_str()?.to_owned())
}

/// Writes a file so that nobody ever reads half of it.
fn write_whole(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let write = || {
        let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
        std::io::Write::write_all(&mut file, content)?;
        file.persist(path).map_err(|error| error.error)
    };
    write().map(drop).map_err(|error| Failure::host(format!("cannot write {}: {error}", path.display())))
}
