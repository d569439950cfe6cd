//! What the engines run, and what they say about it.

use arbitrary::Unstructured;
use govm_runtime::internals::instrument;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use wasm_smith::{Config, InstructionKind, InstructionKinds, MemoryOffsetChoices};
use wasmparser::{ExternalKind, FuncType, Parser, Payload, TypeRef, ValType};

/// Pages of 64 KiB that a memory may have.
const MAX_PAGES: u32 = 4;

/// An instrumented module and the calls to make, one after the other on one instance.
pub(crate) struct Case {
    pub(crate) wasm: Vec<u8>,
    /// Whether there may be floats in it.
    pub(crate) floats: bool,
    /// The module as it was.
    pub(crate) plain: Vec<u8>,
    pub(crate) calls: Vec<Call>,
    /// The exported globals that are to be compared.
    pub(crate) globals: Vec<String>,
}

pub(crate) struct Call {
    pub(crate) export: String,
    pub(crate) args: Vec<Number>,
    pub(crate) results: usize,
    pub(crate) gas: i64,
}

/// A value, its bits in the lower part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) ty: Type,
    pub(crate) bits: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    I32,
    I64,
    F32,
    F64,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Returned(Vec<Number>),
    OutOfGas,
    StackOverflow,
    Trapped(Trap),
}

/// The traps of WebAssembly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trap {
    Unreachable,
    MemoryBounds,
    TableBounds,
    NullCall,
    Signature,
    Division,
    Overflow,
    Conversion,
}

/// What was seen after a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) outcome: Outcome,
    pub(crate) gas: i64,
    pub(crate) grow_failed: i32,
    pub(crate) memory: Option<blake3::Hash>,
    pub(crate) globals: Vec<Number>,
}

impl Seen {
    pub(crate) fn kind(&self) -> &'static str {
        match self.outcome {
            Outcome::Returned(_) => "returned",
            Outcome::OutOfGas => "out of gas",
            Outcome::StackOverflow => "stack overflow",
            Outcome::Trapped(_) => "trapped",
        }
    }
}

/// What an engine says about a case.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// Why no instance could be made.
    pub(crate) refused: Option<Trap>,
    pub(crate) calls: Vec<Seen>,
}

/// The outcome of a trap, by the counters if they say why.
pub(crate) fn trapped(gas: i64, stack: i32, trap: Trap) -> Outcome {
    match trap {
        Trap::Unreachable if gas < 0 => Outcome::OutOfGas,
        Trap::Unreachable if stack < 0 => Outcome::StackOverflow,
        trap => Outcome::Trapped(trap),
    }
}

/// The host functions of a random module: `(name, what each does to its argument)`.
pub(crate) fn mix(a: i32, b: i64) -> i64 {
    b.rotate_left(7) ^ i64::from(a).wrapping_mul(0x9e37_79b9)
}

const IMPORTS: &str = r#"(module
    (import "host" "mix" (func (param i32 i64) (result i64)))
    (import "host" "nothing" (func)))"#;

impl Case {
    /// A case that calls every exported function of a module with arguments of a seed; none if the module does not pass
    /// the check.
    pub(crate) fn new(wasm: &[u8], seed: u64, floats: bool) -> Option<Self> {
        let instrumented = instrument(wasm, MAX_PAGES).ok()?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let exports = Exports::read(wasm);
        let mut calls = Vec::new();
        for (export, ty) in exports.functions {
            let args = ty.params().iter().map(|ty| number(&mut rng, *ty)).collect();
            // Often enough, sometimes not.
            let gas = if rng.next_u32().is_multiple_of(4) { i64::from(rng.next_u32() % 500) } else { 50_000 };
            calls.push(Call { export, args, results: ty.results().len(), gas });
        }
        Some(Self { wasm: instrumented, floats, plain: wasm.to_vec(), calls, globals: exports.globals })
    }
}

/// A number that finds edges: small, or any bits at all.
fn number(rng: &mut ChaCha8Rng, ty: ValType) -> Number {
    let any = if rng.next_u32().is_multiple_of(2) { rng.next_u64() } else { u64::from(rng.next_u32() % 16) };
    match ty {
        ValType::I32 => Number { ty: Type::I32, bits: any & 0xffff_ffff },
        ValType::I64 => Number { ty: Type::I64, bits: any },
        ValType::F32 => Number { ty: Type::F32, bits: u64::from((any as i32 as f32).to_bits()) },
        ValType::F64 => Number { ty: Type::F64, bits: (any as i64 as f64).to_bits() },
        other => panic!("a module that passed the check has no {other}"),
    }
}

struct Exports {
    functions: Vec<(String, FuncType)>,
    globals: Vec<String>,
}

impl Exports {
    fn read(wasm: &[u8]) -> Self {
        let (mut types, mut functions) = (Vec::new(), Vec::new());
        let mut found = Self { functions: Vec::new(), globals: Vec::new() };
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.expect("a valid module") {
                Payload::TypeSection(section) => {
                    types = section.into_iter_err_on_gc_types().map(|ty| ty.expect("a type")).collect();
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let TypeRef::Func(ty) = import.expect("an import").ty else { panic!("only functions") };
                        functions.push(ty);
                    }
                }
                Payload::FunctionSection(section) => {
                    functions.extend(section.into_iter().map(|ty| ty.expect("a type")));
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export.expect("an export");
                        let name = export.name.to_owned();
                        match export.kind {
                            ExternalKind::Func => {
                                let ty = functions[export.index as usize];
                                found.functions.push((name, types[ty as usize].clone()));
                            }
                            ExternalKind::Global => found.globals.push(name),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        found
    }
}

/// How many modules are made of a seed until one passes the check.
const ATTEMPTS: usize = 40;

/// The case of a seed, every other one with floats: its first module that passes the check.
pub(crate) fn random_case(seed: u64) -> Option<Case> {
    let floats = seed.is_multiple_of(2);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..ATTEMPTS).find_map(|_| {
        let mut entropy = vec![0; 2_048 + (rng.next_u32() % 8_192) as usize];
        rng.fill_bytes(&mut entropy);
        let config = config(&mut rng, floats);
        let module = wasm_smith::Module::new(config, &mut Unstructured::new(&entropy)).ok()?;
        Case::new(&module.to_bytes(), seed, floats)
    })
}

/// The deterministic features that contracts may use, and shapes that give modules which do something.
fn config(rng: &mut ChaCha8Rng, floats: bool) -> Config {
    use InstructionKind as K;
    Config {
        available_imports: Some(wat::parse_str(IMPORTS).expect("the imports")),
        allow_start_export: false,
        allowed_instructions: InstructionKinds::new(&[K::Numeric, K::Parametric, K::Variable, K::Memory, K::Control]),
        allow_floats: floats,
        // That is the part of the instrumentation.
        canonicalize_nans: false,
        bulk_memory_enabled: true,
        multi_value_enabled: true,
        sign_extension_ops_enabled: true,
        saturating_float_to_int_enabled: true,
        extended_const_enabled: true,
        reference_types_enabled: false,
        simd_enabled: false,
        relaxed_simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        exceptions_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        export_everything: true,
        min_funcs: 1,
        max_funcs: 12,
        max_instructions: 40 + (rng.next_u32() % 400) as usize,
        max_memories: 1,
        min_memories: 1,
        // Growth fails at the same page with and without instrumentation.
        memory_max_size_required: true,
        // The second opinion wants one.
        min_globals: 1,
        max_memory32_bytes: u64::from(MAX_PAGES) << 16,
        memory_offset_choices: MemoryOffsetChoices(95, 4, 1),
        max_tables: 1,
        max_table_elements: 200,
        max_nesting_depth: 12,
        ..Config::default()
    }
}
