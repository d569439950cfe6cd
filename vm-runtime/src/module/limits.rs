//! How much of everything a module may have. The bounds keep compilation linear and bounded; the largest Go programs of
//! the sample contracts stay below a tenth of them.

use wasmparser::Payload;

use super::ModuleError;

/// A bound and what it bounds.
pub(super) struct Limit {
    what: &'static str,
    allowed: u64,
}

impl Limit {
    const fn new(what: &'static str, allowed: u64) -> Self {
        Self { what, allowed }
    }

    pub(super) fn check(&self, found: impl TryInto<u64>) -> Result<(), ModuleError> {
        let found = found.try_into().unwrap_or(u64::MAX);
        if found <= self.allowed {
            return Ok(());
        }
        Err(ModuleError::Limit { what: self.what, found, allowed: self.allowed })
    }
}

pub(super) const PARAMS: Limit = Limit::new("parameters of a function", 128);
pub(super) const RESULTS: Limit = Limit::new("results of a function", 16);
pub(super) const LOCALS: Limit = Limit::new("locals of a function", 4_096);
pub(super) const BODY_BYTES: Limit = Limit::new("bytes of a function body", 2 << 20);
/// Go nests one block for each point where a function can resume, all of them open at the start.
pub(super) const NESTING: Limit = Limit::new("nested blocks", 20_000);
pub(super) const BRANCH_TARGETS: Limit = Limit::new("targets of a branch table", 40_000);
const TYPES: Limit = Limit::new("types", 4_096);
const IMPORTS: Limit = Limit::new("imports", 256);
const FUNCTIONS: Limit = Limit::new("functions", 65_536);
const TABLES: Limit = Limit::new("tables", 1);
const TABLE_ENTRIES: Limit = Limit::new("entries of the table", 131_072);
const MEMORIES: Limit = Limit::new("memories", 1);
const GLOBALS: Limit = Limit::new("globals", 1_024);
const EXPORTS: Limit = Limit::new("exports", 256);
const ELEMENTS: Limit = Limit::new("element segments", 4_096);
/// An empty Go module has 21,605.
const DATA: Limit = Limit::new("data segments", 262_144);

/// Whether a section holds more than it may.
pub(super) fn check_section(payload: &Payload<'_>) -> Result<(), ModuleError> {
    match payload {
        Payload::TypeSection(section) => TYPES.check(section.count()),
        Payload::ImportSection(section) => IMPORTS.check(section.count()),
        Payload::FunctionSection(section) => FUNCTIONS.check(section.count()),
        Payload::TableSection(section) => {
            TABLES.check(section.count())?;
            for table in section.clone() {
                TABLE_ENTRIES.check(table?.ty.initial)?;
            }
            Ok(())
        }
        Payload::MemorySection(section) => MEMORIES.check(section.count()),
        Payload::GlobalSection(section) => GLOBALS.check(section.count()),
        Payload::ExportSection(section) => EXPORTS.check(section.count()),
        Payload::ElementSection(section) => ELEMENTS.check(section.count()),
        Payload::DataSection(section) => DATA.check(section.count()),
        _ => Ok(()),
    }
}
