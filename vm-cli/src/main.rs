//! The `govm` command: builds, deploys and calls Go contracts.
//!
//! It parses, validates, converts and runs; everything else is in the crates that it composes: `govm-sdk-go` builds,
//! `govm-runtime` executes, `govm-state` keeps, `govm-codec` converts. What is below never prints, reads the environment or
//! exits; this does nothing else.
#![forbid(unsafe_code)]

mod args;
mod commands;
mod diagnostics;
mod failure;
mod output;
mod places;
mod show;
mod tree;

use std::process::ExitCode;

use clap::Parser;

use args::Cli;
use failure::Failure;
use output::Output;

/// Threads that execute calls hand each other memory, for which the allocator of most systems has locks (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let (output, result) = match Cli::try_parse() {
        Ok(cli) => {
            let output = Output::new(cli.json);
            let result = commands::run(cli, &output);
            (output, result)
        }
        Err(error) if error.use_stderr() => {
            // The flag is looked for by hand: there is no parsed command line to ask.
            let json = std::env::args_os().any(|arg| arg == "--json");
            if !json {
                error.exit();
            }
            let text = error.to_string();
            (Output::new(true), Err(Failure::usage(text.trim_start_matches("error: ").trim_end())))
        }
        Err(help) => help.exit(),
    };
    match result {
        Ok(code) => code,
        Err(failure) => {
            output.failure(&failure);
            failure.exit_code()
        }
    }
}
