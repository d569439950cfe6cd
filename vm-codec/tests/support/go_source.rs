//! Contracts in Go with random types.

use std::fmt::Write;

use super::Rng;

/// The types that Go has by itself or from package core, and whether they can be map keys.
const BASIC: [(&str, bool); 20] = [
    ("bool", true),
    ("uint8", true),
    ("uint16", true),
    ("uint32", true),
    ("uint64", true),
    ("uint", true),
    ("int8", true),
    ("int16", true),
    ("int32", true),
    ("int64", true),
    ("int", true),
    ("string", true),
    ("core.U128", true),
    ("core.U256", true),
    ("core.Address", true),
    ("core.ObjectID", true),
    ("core.Hash", true),
    ("float32", false),
    ("float64", false),
    ("[]byte", false),
];

const INTEGERS: [&str; 10] = ["uint8", "uint16", "uint32", "uint64", "uint", "int8", "int16", "int32", "int64", "int"];

/// How many basic values a value may contain directly, so that structs of arrays of structs stay small.
const MAX_WEIGHT: usize = 24;

/// A type expression: its text, whether it can be a key, and how many basic values it contains.
#[derive(Clone)]
struct Expr {
    text: String,
    key: bool,
    weight: usize,
}

/// A contract in the making.
struct Source<'a> {
    rng: &'a mut Rng,
    text: String,
    /// The types that are declared so far, and whether each is a struct, so that it can be embedded.
    own: Vec<(Expr, bool)>,
    /// How many types will be declared in all.
    count: usize,
}

/// The source of a package `random` with functions `F000`, `F001` … that each return their argument.
pub(crate) fn contract(rng: &mut Rng, codec: &str, types: usize, functions: usize) -> String {
    let text = format!("//govm:codec {codec}\n\npackage random\n\nimport \"github.com/govm-net/vm/core\"\n\n");
    let mut source = Source { rng, text, own: Vec::new(), count: types };
    for index in 0..types {
        source.declare(index);
    }
    for index in 0..functions {
        // Each declared type by itself, then types that are made of them.
        let ty = source.own.get(index).map(|(own, _)| own.text.clone());
        let ty = ty.unwrap_or_else(|| source.expr(3).text);
        let _ = writeln!(source.text, "\nfunc F{index:03}(v {ty}) {ty} {{ return v }}");
    }
    // The import is used whatever the dice say.
    source.text.push_str("\nvar _ core.Address\n");
    source.text
}

impl Source<'_> {
    fn declare(&mut self, index: usize) {
        let name = format!("T{index}");
        let mut structure = false;
        let (key, weight) = match self.rng.below(8) {
            0 => {
                let _ = writeln!(
                    self.text,
                    "type {name} struct{{ data []byte }}\n\nfunc (c {name}) Encode() ([]byte, error) {{ return c.data, nil }}\n\n\
                     func (c *{name}) Decode(data []byte) error {{\n\tc.data = append([]byte(nil), data...)\n\treturn nil\n}}\n"
                );
                (false, 1)
            }
            1 => {
                let base = INTEGERS[self.rng.below(INTEGERS.len())];
                let least = if base.starts_with('u') { 0 } else { -128 };
                let _ = writeln!(
                    self.text,
                    "type {name} {base}\n\nconst (\n\t{name}Low {name} = {least}\n\t{name}High {name} = 127\n)\n"
                );
                (true, 1)
            }
            2 | 3 => {
                let behind = self.literal(2);
                let _ = writeln!(self.text, "type {name} {}\n", behind.text);
                (behind.key, behind.weight)
            }
            _ => {
                structure = true;
                self.structure(&name)
            }
        };
        self.own.push((Expr { text: name, key, weight }, structure));
    }

    fn structure(&mut self, name: &str) -> (bool, usize) {
        let (mut key, mut weight, mut lines) = (true, 0, String::new());
        if let Some((embedded, true)) = self.earlier() {
            let _ = writeln!(lines, "\t{}", embedded.text);
            (key, weight) = (embedded.key, embedded.weight);
        }
        for field in 0..=self.rng.below(4) {
            let ty = self.expr(2);
            if weight + ty.weight > MAX_WEIGHT {
                continue;
            }
            let _ = writeln!(lines, "\tF{field} {}", ty.text);
            (key, weight) = (key && ty.key, weight + ty.weight);
        }
        if lines.is_empty() {
            (lines, weight) = ("\tOnly bool\n".to_owned(), 1);
        }
        let _ = writeln!(self.text, "type {name} struct {{\n{lines}}}\n");
        (key, weight)
    }

    /// One of the types that can be contained because they are declared already.
    fn earlier(&mut self) -> Option<(Expr, bool)> {
        if self.own.is_empty() { None } else { Some(self.own[self.rng.below(self.own.len())].clone()) }
    }

    /// One of all types, behind a pointer, slice or map.
    fn any_own(&mut self) -> String {
        format!("T{}", self.rng.below(self.count))
    }

    fn expr(&mut self, depth: usize) -> Expr {
        match self.rng.below(6) {
            0 => self.earlier().map_or_else(|| self.basic(), |(own, _)| own),
            1 => Expr { text: "any".to_owned(), key: false, weight: 1 },
            2..4 => self.basic(),
            _ => self.literal(depth),
        }
    }

    fn basic(&mut self) -> Expr {
        let (text, key) = BASIC[self.rng.below(BASIC.len())];
        Expr { text: text.to_owned(), key, weight: 1 }
    }

    fn literal(&mut self, depth: usize) -> Expr {
        if depth == 0 {
            return self.basic();
        }
        let part = |this: &mut Self| if this.rng.below(3) == 0 { this.any_own() } else { this.expr(depth - 1).text };
        let text = match self.rng.below(5) {
            0 => format!("*{}", part(self)),
            1 => format!("[]{}", part(self)),
            2 | 3 => format!("map[{}]{}", self.key(), part(self)),
            _ => {
                let (len, elem) = (1 + self.rng.below(3), self.expr(depth - 1));
                let weight = len * elem.weight;
                if weight <= MAX_WEIGHT {
                    return Expr { text: format!("[{len}]{}", elem.text), key: elem.key, weight };
                }
                format!("[]{}", elem.text)
            }
        };
        Expr { text, key: false, weight: 1 }
    }

    fn key(&mut self) -> String {
        let key = match self.rng.below(3) {
            0 => self.earlier().map_or_else(|| self.basic(), |(own, _)| own),
            1 => {
                let elem = self.basic();
                Expr { text: format!("[2]{}", elem.text), ..elem }
            }
            _ => self.basic(),
        };
        if key.key { key.text } else { "string".to_owned() }
    }
}
