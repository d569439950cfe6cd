//! What a module is made of: bytes by package and function, and what made the linker take them.
//!
//! A contract's module has no names. It is linked once more with names, which changes neither code nor data, and the linker
//! tells for each symbol the one that it was first needed for.

use std::collections::HashMap;
use std::ops::Range;

use wasmparser::{BinaryReaderError, KnownCustom, Name, Parser, Payload};

/// The import path that a contract of one package has in the module, with a dot.
const CONTRACT: &str = "github.com/govm-net/vm/contract";

/// The parent of the symbols that everything begins with.
const ROOT: &str = "_";

/// How many packages of a chain are told.
const MAX_CHAIN: usize = 8;

/// What a module is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizeReport {
    /// The size of the module, with its ABI.
    pub module_bytes: usize,
    /// What of it are functions.
    pub code_bytes: usize,
    /// What of it is data: constants, descriptions of types, and the tables by which Go unwinds stacks and names functions.
    pub data_bytes: usize,
    /// The packages that functions are of, the largest first.
    pub packages: Vec<PackageSize>,
}

/// The functions of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageSize {
    /// The import path; `contract` for a contract of one package, `main` for the code that dispatches calls, and empty for what
    /// compiler and linker make for all packages together.
    pub name: String,
    /// The size of its functions.
    pub code_bytes: usize,
    /// Its functions, the largest first.
    pub functions: Vec<FunctionSize>,
    /// Why it is in the module: the packages through which it is needed, the nearest first.
    pub needed_by: Vec<String>,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSize {
    /// Its name in Go, with its package.
    pub name: String,
    /// The size of its body.
    pub code_bytes: usize,
    /// The symbol that it was first needed for; empty if it is where everything begins.
    pub needed_by: String,
}

impl SizeReport {
    /// Reads the module, the same one with names, and the linker's list of what was needed for what.
    pub(crate) fn new(module: &[u8], named: &[u8], links: &str) -> Result<Self, BinaryReaderError> {
        let links = Links::read(links);
        let code = Code::read(named)?;
        let mut packages: HashMap<String, PackageSize> = HashMap::new();
        let mut first: HashMap<String, &str> = HashMap::new();
        for (name, code_bytes) in &code.functions {
            let symbol = links.symbol(name);
            let package = shown(package_of(symbol));
            let earliest = first.entry(package.clone()).or_insert(symbol);
            if links.place(symbol) < links.place(earliest) {
                *earliest = symbol;
            }
            let entry = packages.entry(package.clone()).or_insert_with(|| PackageSize {
                name: package,
                code_bytes: 0,
                functions: Vec::new(),
                needed_by: Vec::new(),
            });
            entry.code_bytes += code_bytes;
            let needed_by = shown(links.parent(symbol).unwrap_or_default());
            entry.functions.push(FunctionSize { name: shown(symbol), code_bytes: *code_bytes, needed_by });
        }
        for (package, symbol) in first {
            if let Some(entry) = packages.get_mut(&package) {
                entry.needed_by = links.chain(symbol);
            }
        }
        let mut packages: Vec<_> = packages.into_values().collect();
        packages.sort_by(|a, b| b.code_bytes.cmp(&a.code_bytes).then_with(|| a.name.cmp(&b.name)));
        for package in &mut packages {
            package.functions.sort_by(|a, b| b.code_bytes.cmp(&a.code_bytes).then_with(|| a.name.cmp(&b.name)));
        }
        let bare = Code::read(module)?;
        Ok(Self { module_bytes: module.len(), code_bytes: bare.code_bytes, data_bytes: bare.data_bytes, packages })
    }
}

/// The functions of a module by name, in their order, and the sizes of its sections.
#[derive(Default)]
struct Code {
    functions: Vec<(String, usize)>,
    code_bytes: usize,
    data_bytes: usize,
}

impl Code {
    fn read(wasm: &[u8]) -> Result<Self, BinaryReaderError> {
        let mut code = Self::default();
        let (mut imported, mut bodies, mut names) = (0, Vec::new(), HashMap::new());
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => imported = section.into_imports().count(),
                Payload::CodeSectionStart { size, .. } => code.code_bytes = size as usize,
                Payload::CodeSectionEntry(body) => bodies.push(length(&body.range())),
                Payload::DataSection(section) => code.data_bytes = length(&section.range()),
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(section) = section.as_known() {
                        for subsection in section {
                            let Name::Function(map) = subsection? else { continue };
                            for naming in map {
                                let naming = naming?;
                                names.insert(naming.index as usize, naming.name.to_owned());
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        let name = |index| names.get(&(index + imported)).cloned().unwrap_or_else(|| format!("function {index}"));
        code.functions = bodies.into_iter().enumerate().map(|(index, bytes)| (name(index), bytes)).collect();
        Ok(code)
    }
}

/// The length of a part of a module, which is in memory as a whole.
fn length(range: &Range<u64>) -> usize {
    usize::try_from(range.end - range.start).unwrap_or(usize::MAX)
}

/// What was first needed for what.
#[derive(Default)]
struct Links<'a> {
    /// The symbol for which each was needed, and the place in the list.
    parents: HashMap<&'a str, (&'a str, usize)>,
    /// The symbols by the names that the module has for them.
    symbols: HashMap<String, &'a str>,
}

impl<'a> Links<'a> {
    /// Reads lines of the form `parent -> symbol`; other lines are the go command's.
    fn read(text: &'a str) -> Self {
        let mut links = Self::default();
        for (place, (parent, symbol)) in text.lines().filter_map(|line| line.split_once(" -> ")).enumerate() {
            let symbol = symbol.split(" <").next().unwrap_or(symbol);
            links.parents.entry(symbol).or_insert((parent, place));
            links.symbols.entry(mangled(symbol)).or_insert(symbol);
        }
        links
    }

    /// The symbol that the module has under a name.
    fn symbol<'b>(&'b self, name: &'b str) -> &'b str {
        self.symbols.get(name).copied().unwrap_or(name)
    }

    /// When a symbol was first needed.
    fn place(&self, symbol: &str) -> usize {
        self.parents.get(symbol).map_or(usize::MAX, |&(_, place)| place)
    }

    fn parent(&self, symbol: &str) -> Option<&'a str> {
        self.parents.get(symbol).map(|&(parent, _)| parent).filter(|&parent| parent != ROOT)
    }

    /// The packages through which a symbol came to be needed, the nearest first.
    fn chain(&self, symbol: &str) -> Vec<String> {
        let mut chain: Vec<String> = Vec::new();
        let mut last = shown(package_of(symbol));
        let mut at = self.parent(symbol);
        // A symbol is needed for one that was there before it, so this ends; the bound is for a list that is wrong.
        for _ in 0..self.parents.len() {
            let Some(symbol) = at else { break };
            let name = shown(package_of(symbol));
            if !name.is_empty() && name != last {
                chain.push(name.clone());
                last = name;
            }
            if chain.len() == MAX_CHAIN {
                break;
            }
            at = self.parent(symbol);
        }
        chain
    }
}

/// The name that Go's linker gives a symbol in a WebAssembly module.
fn mangled(symbol: &str) -> String {
    symbol.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == '.' { c } else { '_' }).collect()
}

/// The import path of a symbol's package; for the description of a type, that of the type. Empty for what the compiler and
/// the linker make for all packages together.
fn package_of(symbol: &str) -> &str {
    if symbol.starts_with("type:.") || (symbol.starts_with("go:") && !symbol.starts_with("go:itab.")) {
        return "";
    }
    let symbol = symbol.split_once(':').map_or(symbol, |(_, rest)| rest);
    let symbol = symbol.split_once("itab.").map_or(symbol, |(_, rest)| rest);
    let symbol = symbol.trim_start_matches([':', '*', '[', ']', '.', '(']);
    let symbol = symbol.split(['[', '(', ',', '"', ' ', '{']).next().unwrap_or(symbol);
    let start = symbol.rfind('/').map_or(0, |slash| slash + 1);
    match symbol[start..].find('.') {
        Some(dot) => &symbol[..start + dot],
        None => "",
    }
}

/// A package or symbol as people know it.
fn shown(name: &str) -> String {
    name.replace(CONTRACT, "contract")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_symbols() {
        for (symbol, package) in [
            ("runtime.mallocgc", "runtime"),
            ("encoding/json.(*Decoder).Decode", "encoding/json"),
            ("github.com/govm-net/vm/contract.Counter.Add", "github.com/govm-net/vm/contract"),
            ("slices.SortFunc[go.shape.[]string,go.shape.string]", "slices"),
            ("type:*fmt.pp", "fmt"),
            ("go:itab.*os.File,io.Writer", "os"),
            ("go:string.\"create counter\"", ""),
            ("type:.eq.[2]string", ""),
            ("_rt0_wasm_wasip1_lib", ""),
            ("", ""),
        ] {
            assert_eq!(package_of(symbol), package, "{symbol}");
        }
    }

    #[test]
    fn a_package_is_needed_through_those_before_it() {
        let links = "# a/b\n_ -> main.start\nmain.start -> x/y.Do\nx/y.Do -> x/y.more\nx/y.more -> fmt.Print\nfmt.Print -> fmt.pp\n";
        let links = Links::read(links);
        assert_eq!(links.chain("fmt.pp"), ["x/y", "main"]);
        assert_eq!(links.chain("main.start"), [""; 0]);
        assert!(links.place("fmt.Print") < links.place("fmt.pp"));
        assert_eq!(links.parent("fmt.pp"), Some("fmt.Print"));
        assert_eq!(links.symbol("x_y.Do"), "x/y.Do");
        assert_eq!(links.symbol("unknown"), "unknown");
    }
}
