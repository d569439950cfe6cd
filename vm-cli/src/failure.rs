//! Why the command did not do what it was asked for, with the exit code that says whose part it is.

use std::fmt::Display;
use std::process::ExitCode;

use govm_core::{ContractError, ErrorCode, HostFault};
use govm_runtime::ModuleError;
use govm_sdk_go::{BuildError, Diagnostic, ProjectError, ToolchainError};
use govm_state::{ExportError, ImportError, OpenError};

/// A failure: what kind, a stable code, a message for a person.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    /// A stable word for programs.
    pub(crate) code: String,
    /// What happened and what to do.
    pub(crate) message: String,
    /// What a person can do about it, where the message does not say.
    pub(crate) hint: &'static str,
    /// What the contract wrote to its standard streams.
    pub(crate) trace: Vec<u8>,
    /// What is wrong with a contract that was not built; the message says the same.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Whose part a failure is; the number is the exit code.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// The contract failed, or a proof does not hold.
    Refused = 1,
    Usage = 2,
    Host = 3,
    // Those of `govm run`, far from what programs end with themselves: as `timeout`, `env` and shells have them.
    ProgramOutOfGas = 124,
    Sandbox = 125,
    NotRunnable = 126,
    NoProgram = 127,
    ProgramTrapped = 134,
}

impl Failure {
    fn new(kind: Kind, code: &str, message: impl Display) -> Self {
        Self {
            kind,
            code: code.to_owned(),
            message: message.to_string(),
            hint: "",
            trace: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// Wrong usage or input.
    pub(crate) fn usage(message: impl Display) -> Self {
        Self::new(Kind::Usage, "invalid_input", message)
    }

    /// The machine could not do its part.
    pub(crate) fn host(message: impl Display) -> Self {
        Self::new(Kind::Host, "host_fault", message)
    }

    /// The state is damaged.
    pub(crate) fn damaged(message: impl Display) -> Self {
        Self::new(Kind::Host, "damaged_state", message)
    }

    /// A proof does not hold.
    pub(crate) fn proof(message: impl Display) -> Self {
        Self::new(Kind::Refused, "invalid_proof", message)
    }

    /// The contract failed.
    pub(crate) fn contract(error: &ContractError, trace: &[u8]) -> Self {
        let mut failure = Self::new(Kind::Refused, error.code.name(), &error.message);
        // A receipt's message is part of the protocol and knows nothing of this command's flags.
        if error.code == ErrorCode::OutOfGas {
            failure.hint = "allow more with --gas-limit, or look for a loop that does not end";
        }
        failure.trace = trace.to_vec();
        failure
    }

    /// The same, of a call that nobody watched: how to learn more.
    pub(crate) fn of_untraced_call(mut self, code: ErrorCode) -> Self {
        if code == ErrorCode::Panic {
            self.hint = "--trace shows where";
        }
        self
    }

    /// The sandbox could not do its part.
    pub(crate) fn sandbox(message: impl Display) -> Self {
        Self::new(Kind::Sandbox, "host_fault", message)
    }

    /// The module of a program was refused.
    pub(crate) fn not_runnable(message: impl Display) -> Self {
        Self::new(Kind::NotRunnable, "invalid_module", message)
    }

    /// There is no such program.
    pub(crate) fn no_program(message: impl Display) -> Self {
        Self::new(Kind::NoProgram, "invalid_input", message)
    }

    /// A program used up its gas.
    pub(crate) fn program_out_of_gas(error: &ContractError) -> Self {
        let hint = "allow more with --gas-limit, or look for a loop that does not end";
        Self { hint, ..Self::new(Kind::ProgramOutOfGas, error.code.name(), &error.message) }
    }

    /// A program was ended by a trap or a bound.
    pub(crate) fn program_trapped(error: &ContractError) -> Self {
        Self::new(Kind::ProgramTrapped, error.code.name(), &error.message)
    }

    /// Tests failed, or what they cost is not what it was.
    pub(crate) fn tests(code: &str, message: impl Display) -> Self {
        Self::new(Kind::Refused, code, message)
    }

    /// The message alone, for somebody who has no use for the rest.
    pub(crate) fn into_message(self) -> String {
        self.message
    }

    /// The same, with the place where it happened before the message.
    pub(crate) fn within(mut self, place: &str) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.kind as u8)
    }
}

impl From<HostFault> for Failure {
    fn from(fault: HostFault) -> Self {
        match fault {
            HostFault::NotKept { height, oldest, newest } => Self::usage(format!(
                "there is no state of height {height}: heights from {oldest} to {newest} can be read"
            )),
            HostFault::Corrupt { .. } => {
                let hint = "`govm state check` tells what is damaged";
                Self { hint, ..Self::host(fault) }
            }
            fault => Self::host(fault),
        }
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Store(fault) => fault.into(),
            ExportError::Empty => Self::usage(error),
            error => Self::host(error),
        }
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Store(fault) => fault.into(),
            ImportError::Open(error) => error.into(),
            ImportError::Read(_) => Self::host(error),
            ImportError::Exists { .. } => {
                let hint = "name a data directory without a state with --data-dir or GOVM_DATA_DIR";
                Self { hint, ..Self::usage(error) }
            }
            error => Self::new(Kind::Usage, "invalid_export", error),
        }
    }
}

impl From<ModuleError> for Failure {
    fn from(error: ModuleError) -> Self {
        Self::new(Kind::Usage, "invalid_module", error)
    }
}

impl From<ToolchainError> for Failure {
    fn from(error: ToolchainError) -> Self {
        Self::host(format!("{error} (--go PATH or GOVM_GO)"))
    }
}

impl From<ProjectError> for Failure {
    fn from(error: ProjectError) -> Self {
        match error {
            ProjectError::Io { .. } => Self::host(error),
            error => Self::usage(error),
        }
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Toolchain { .. } | BuildError::Io { .. } => Self::host(error),
            error => {
                let mut failure = Self::new(Kind::Usage, "build_failed", &error);
                if let BuildError::Contract { diagnostics } = error {
                    failure.diagnostics = diagnostics;
                }
                failure
            }
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let hint = match error {
            OpenError::InUse { .. } => "another govm is writing there: wait until it is done; reading works meanwhile",
            OpenError::Access { .. } | OpenError::NotADirectory { .. } | OpenError::NotAStore { .. } => {
                "name another data directory with --data-dir or GOVM_DATA_DIR"
            }
            _ => "",
        };
        Self { hint, ..Self::host(error) }
    }
}
