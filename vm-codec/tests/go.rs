//! Random types and values through the code that the Go SDK generates, run natively: what Rust writes comes back from Go
//! byte for byte, what Go writes is read by Rust as the same value, and both refuse the same bytes.
//!
//! The Go sources are those of the repository, which is not part of the package of this crate.

#[path = "support/go_source.rs"]
mod go_source;
mod support;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use govm_codec::{Abi, Codec, Type, decode_args, encode_args};
use support::{Rng, SCALARS, hostile, random_value};
use tempfile::TempDir;

/// How many types a contract declares, and how many functions it has: as many take types that are made of those.
const TYPES: usize = 24;
const FUNCTIONS: usize = 60;

/// How many values of each function's type go from Rust to Go, with as many that were tampered with, and from Go to Rust.
const VALUES: u64 = 25;

/// The seeds of the contracts; `GOVM_GO_SEEDS=1000` or so goes on for longer.
fn seeds() -> u64 {
    std::env::var("GOVM_GO_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2)
}

/// The Go that `GOVM_GO` names, a command or the folder that it is installed in, else that of the PATH.
fn go() -> Command {
    let explicit = std::env::var_os("GOVM_GO").map(PathBuf::from);
    let path = explicit.map(|path| if path.is_dir() { path.join("bin/go") } else { path });
    let mut command = Command::new(path.unwrap_or_else(|| "go".into()));
    command.env("GOFLAGS", "").env("GOPROXY", "off").env("GOWORK", "off").env("GOTOOLCHAIN", "local");
    command
}

fn run(command: &mut Command) {
    let output = command.output().expect("these tests need Go");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Copies the Go files of the SDK's module but its tests, and what they embed.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "testdata" {
            copy(&path, &to.join(name));
        } else if matches!(name, "go.mod" | "stdlib.json") || name.ends_with(".go") && !name.ends_with("_test.go") {
            fs::create_dir_all(to).unwrap();
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

/// A contract of random types and the program that serves its functions.
struct Program {
    folder: TempDir,
    abi: Abi,
}

impl Program {
    fn build(module: &Path, generator: &Path, seed: u64, codec: Codec) -> Self {
        // Its name is part of an import path, which takes no leading dot.
        let folder = tempfile::Builder::new().prefix("case").tempdir_in(module).unwrap();
        let name = folder.path().file_name().unwrap().to_str().unwrap().to_owned();
        let source = go_source::contract(&mut Rng::new(seed), codec.name(), TYPES, FUNCTIONS);
        let contract = folder.path().join("random");
        fs::create_dir(&contract).unwrap();
        fs::write(contract.join("random.go"), &source).unwrap();
        let (shim, document) = (format!("{name}/shim"), folder.path().join("abi.json"));
        let mut generate = Command::new(generator);
        generate.current_dir(module).args(["-go", go().get_program().to_str().unwrap()]);
        generate.args(["-contract", &format!("{name}/random"), "-out", &shim, "-abi", document.to_str().unwrap()]);
        run(&mut generate);
        // The program's main is that of the server instead of the empty one of a library.
        let main = module.join(&shim).join("main.go");
        let generated = fs::read_to_string(&main).unwrap();
        assert!(generated.contains("func main() {}\n"));
        fs::write(main, generated.replace("func main() {}\n", "")).unwrap();
        fs::write(module.join(&shim).join("serve.go"), include_str!("go/serve.go")).unwrap();
        fs::write(module.join(&shim).join("table.go"), table(&name, codec)).unwrap();
        run(go().current_dir(module).args(["build", "-o", &format!("{name}/serve"), &format!("./{shim}")]));
        let abi = Abi::from_json(&fs::read(document).unwrap()).unwrap();
        assert_eq!((abi.codec, abi.functions.len()), (codec, FUNCTIONS));
        Self { folder, abi }
    }

    /// Sends lines and returns as many answers.
    fn ask(&self, lines: &str) -> Vec<String> {
        let input = self.folder.path().join("input");
        fs::File::create(&input).unwrap().write_all(lines.as_bytes()).unwrap();
        let mut command = Command::new(self.folder.path().join("serve"));
        let output = command.stdin(fs::File::open(input).unwrap()).stderr(Stdio::inherit()).output().unwrap();
        assert!(output.status.success());
        let answers: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
        assert_eq!(answers.len(), lines.lines().count());
        answers
    }

    /// What an `any` may hold: a type that the contract knows.
    fn known_types(&self) -> Vec<Type> {
        let params = self.abi.functions.iter().map(|function| function.params[0].ty.clone());
        let scalars = SCALARS.iter().map(|text| text.parse().unwrap());
        params.filter(|ty| *ty != Type::Any).chain(scalars).collect()
    }
}

/// The functions as Go values, and the format.
fn table(name: &str, codec: Codec) -> String {
    let format = if codec == Codec::Borsh { "Borsh" } else { "Scale" };
    let functions: Vec<String> = (0..FUNCTIONS).map(|index| format!("contract.F{index:03}")).collect();
    format!(
        "package main\n\nimport (\n\tcontract \"github.com/govm-net/vm/{name}/random\"\n\t\"github.com/govm-net/vm/wire\"\n)\n\n\
         const format = wire.{format}\n\nvar functions = []any{{{}}}\n",
        functions.join(", ")
    )
}

fn bytes_of(answer: &str) -> Result<Vec<u8>, String> {
    match answer.split_once(' ') {
        Some(("ok", text)) => Ok(hex::decode(text).unwrap()),
        Some(("error", message)) => Err(message.to_owned()),
        _ => panic!("{answer}"),
    }
}

/// Valid messages come back; of those that were tampered with, Go takes what Rust takes.
fn rust_to_go(program: &Program, seed: u64) -> usize {
    let abi = &program.abi;
    let mut sent = Vec::new();
    let mut lines = String::new();
    for index in 0..FUNCTIONS {
        let function = &abi.functions[index];
        for round in 0..VALUES {
            let mut rng = Rng::with_anys(seed << 32 | (index as u64) << 16 | round, program.known_types());
            let value = random_value(&mut rng, &function.params[0].ty, &abi.types, 4);
            // A value that nests too deep, or an any whose type is too large to describe, is written by neither.
            let Ok(valid) = encode_args(abi, function, &[value]) else { continue };
            for (tampered, message) in [(false, valid.clone()), (true, hostile(&mut rng, valid))] {
                let _ = writeln!(lines, "call {index} x{}", hex::encode(&message));
                sent.push((index, tampered, message));
            }
        }
    }
    let mut refused = 0;
    for ((index, tampered, message), answer) in sent.iter().zip(program.ask(&lines)) {
        let function = &abi.functions[*index];
        let place = format!("{function}: {}", hex::encode(message));
        match (decode_args(abi, function, message), bytes_of(&answer)) {
            (Ok(_), Ok(back)) => assert_eq!(back, *message, "{place}"),
            // The type of an any can be well-formed and yet none of the contract's.
            (Ok(_), Err(error)) => {
                let unknown = *tampered && error.contains("the contract has no type");
                assert!(unknown, "Go alone refuses {place}: {error}");
            }
            (Err(error), Ok(_)) => panic!("Rust alone refuses {place}: {error}"),
            (Err(_), Err(_)) => refused += 1,
        }
    }
    assert!(refused > 0 && refused < sent.len() / 2, "{refused} of {} were refused", sent.len());
    sent.len()
}

/// What Go makes up is read by Rust, and written again as it was.
fn go_to_rust(program: &Program, seed: u64) -> usize {
    let mut asked = Vec::new();
    let mut lines = String::new();
    for index in 0..FUNCTIONS {
        for round in 0..VALUES {
            let _ = writeln!(lines, "random {index} {}", seed << 32 | round);
            asked.push(index);
        }
    }
    let mut read = 0;
    for (index, answer) in asked.into_iter().zip(program.ask(&lines)) {
        let function = &program.abi.functions[index];
        match bytes_of(&answer) {
            Ok(message) => {
                let place = format!("{function}: {}", hex::encode(&message));
                let values =
                    decode_args(&program.abi, function, &message).unwrap_or_else(|error| panic!("{place}: {error}"));
                assert_eq!(encode_args(&program.abi, function, &values).unwrap(), message, "{place}");
                read += 1;
            }
            Err(error) => {
                let too_large = error.contains("nests deeper") || error.contains("made of too many others");
                assert!(too_large, "{function}: {error}");
            }
        }
    }
    read
}

#[test]
fn random_values_are_the_same_bytes_in_rust_and_go() {
    let module = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../vm-sdk-go"), module.path());
    let generator = module.path().join("generator");
    run(go().current_dir(module.path()).args(["build", "-o", generator.to_str().unwrap(), "./cmd/govm-shim"]));
    for seed in 0..seeds() {
        for codec in [Codec::Borsh, Codec::Scale] {
            let program = Program::build(module.path(), &generator, seed, codec);
            let (sent, read) = (rust_to_go(&program, seed), go_to_rust(&program, seed));
            let most = FUNCTIONS * VALUES as usize;
            assert!(sent > most && read > most / 2, "only {sent} messages were sent and {read} read");
        }
    }
}
