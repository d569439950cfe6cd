//! How much of everything a module may have, each with its unit in its name. The bounds keep the time and memory of
//! compilation and instantiation in proportion to the module's size; large Go programs stay below a tenth of most of them.

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

    /// Whether so many are allowed.
    pub(super) fn allows(&self, found: impl TryInto<u64>) -> bool {
        found.try_into().unwrap_or(u64::MAX) <= self.allowed
    }

    pub(super) fn check(&self, found: impl TryInto<u64>) -> Result<(), ModuleError> {
        let found = found.try_into().unwrap_or(u64::MAX);
        if self.allows(found) {
            return Ok(());
        }
        Err(ModuleError::Limit { what: self.what, found, allowed: self.allowed })
    }
}

/// A call passes its first arguments in registers and copies the rest: wide signatures make every call slow to compile.
pub(super) const PARAMS: Limit = Limit::new("parameters of a function", 128);
pub(super) const RESULTS: Limit = Limit::new("results of a function", 16);
/// Go declares 17 at most.
pub(super) const LOCALS: Limit = Limit::new("locals of a function", 4_096);
/// Register allocation takes longer than in proportion to a function's size. The largest function of a Go program with
/// `net/http`, `html/template`, `go/parser` and `image/png` has 50,636 bytes.
pub(super) const BODY_BYTES: Limit = Limit::new("bytes of a function body", 512 << 10);
/// Go nests one block for each point where a function can resume, all of them open at the start: 820 in the program above.
/// Cranelift's time grows with the square, 31 s for 20,000.
pub(super) const NESTING: Limit = Limit::new("nested blocks", 4_096);
/// Go's tables have an entry for each position that a stack trace tells apart.
pub(super) const BRANCH_TARGETS: Limit = Limit::new("targets of a branch table", 8_192);
/// A frame has room for all of them, and one frame must stay small beside the whole stack.
pub(super) const OPERANDS: Limit = Limit::new("operands on a function's stack", 4_096);
/// Where ways meet, a compiler may need a value of its own for each local: its work grows with the product. The program
/// above stays below 18,000.
pub(super) const LOCALS_IN_BLOCKS: Limit = Limit::new("locals of a function times its blocks", 1 << 17);
/// How large a function may be whose module is compiled for speed: beyond these, Cranelift takes many seconds for a megabyte of
/// wasm, which no gas pays for since singlepass has made the code already. What `benches/compile.rs` measures. The
/// program above stays below a half.
pub(super) mod optimised {
    use super::Limit;

    pub(in super::super) const BODY_BYTES: Limit = Limit::new("bytes of a function body", 128 << 10);
    pub(in super::super) const NESTING: Limit = Limit::new("nested blocks", 1_024);
    pub(in super::super) const LOCALS_IN_BLOCKS: Limit = Limit::new("locals of a function times its blocks", 1 << 15);
}

const TYPES: Limit = Limit::new("types", 4_096);
/// Host functions and WASI functions together are fewer.
const IMPORTS: Limit = Limit::new("imports", 256);
/// Each costs some time to compile even if it is empty. The Go program above has 6,429.
const FUNCTIONS: Limit = Limit::new("functions", 65_536);
const TABLES: Limit = Limit::new("tables", 1);
/// Go puts every function into the table. An instance makes all entries at its start.
const TABLE_ENTRIES: Limit = Limit::new("entries of the table", 131_072);
const MEMORIES: Limit = Limit::new("memories", 1);
const GLOBALS: Limit = Limit::new("globals", 1_024);
/// A contract needs three.
const EXPORTS: Limit = Limit::new("exports", 256);
/// Empty ones count as well: each is looked at when an instance is made.
const ELEMENTS: Limit = Limit::new("element segments", 4_096);
/// Empty ones count as well. An empty Go module has 21,605; Go's linker makes 100,000 at most.
const DATA: Limit = Limit::new("data segments", 131_072);

/// Whether the memory starts with no more pages of 64 KiB than the engine gives it.
pub(super) fn check_memory(initial_pages: u64, max_pages: u32) -> Result<(), ModuleError> {
    Limit::new("pages of memory at the start", u64::from(max_pages)).check(initial_pages)
}

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
