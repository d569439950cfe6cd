//! `govm run`: a WASI program in the sandbox.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use govm_core::ErrorCode;
use govm_runtime::{Ended, Program, ProgramClock, ProgramError, ProgramFiles, ProgramInput, Sandbox, SandboxConfig};

use crate::args::{Folder, Run};
use crate::failure::Failure;
use crate::output::Output;

/// Runs a program; its exit code becomes that of the command.
pub(crate) fn run(args: Run, output: &Output) -> Result<ExitCode, Failure> {
    let config = SandboxConfig::default();
    let program = load(&args.module, &config)?;
    let input = input(&args, &config)?;
    let finished = program.run(input).map_err(Failure::sandbox)?;
    if args.show_gas {
        output.gas_used(finished.gas_used);
    }
    match finished.ended {
        // The system keeps the last eight bits of an exit code, as it does for native programs.
        Ended::Exit(code) => Ok(ExitCode::from(code as u8)),
        Ended::Failed(error) if error.code == ErrorCode::OutOfGas => Err(Failure::program_out_of_gas(&error)),
        Ended::Failed(error) => Err(Failure::program_trapped(&error)),
        _ => Err(Failure::sandbox("the program ended in a way that this command does not know")),
    }
}

fn load(path: &Path, config: &SandboxConfig) -> Result<Program, Failure> {
    let wasm = std::fs::read(path).map_err(|error| {
        let message = format!("cannot read {}: {error}", path.display());
        if error.kind() == io::ErrorKind::NotFound { Failure::no_program(message) } else { Failure::sandbox(message) }
    })?;
    Sandbox::new(config).load(&wasm).map_err(|error| match error {
        ProgramError::Module(error) => Failure::not_runnable(format!("{}: {error}", path.display())),
        other => Failure::sandbox(other),
    })
}

fn input(args: &Run, config: &SandboxConfig) -> Result<ProgramInput, Failure> {
    let mut folders = args.dir.clone();
    if args.here {
        let here = std::env::current_dir().map_err(|error| Failure::sandbox(format!("the current folder: {error}")))?;
        folders.insert(0, Folder { guest: here.clone(), host: here });
    }
    let mut files = ProgramFiles::new();
    for Folder { host, guest } in &folders {
        let copied = files.copy_in(host, guest, config.max_file_bytes);
        copied.map_err(|error| Failure::sandbox(format!("cannot copy {}: {error}", host.display())))?;
    }
    // Programs of Go, whose runtime has no other way to learn it, start in the first folder.
    let start = folders.first().map_or_else(|| PathBuf::from("/"), |folder| folder.guest.clone());
    let mut env = args.env.clone();
    if !env.iter().any(|(name, _)| name == "PWD") {
        env.push(("PWD".to_owned(), start.display().to_string()));
    }
    let mut input = ProgramInput::new(args.module.display().to_string(), args.gas_limit);
    input.args.extend(args.args.iter().cloned());
    input.env = env;
    input.files = files;
    if args.realtime {
        input.clock = ProgramClock::Real;
    }
    input.stdin = Box::new(io::stdin());
    input.stdout = Box::new(io::stdout());
    input.stderr = Box::new(io::stderr());
    Ok(input)
}
