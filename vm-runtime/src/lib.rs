//! Deterministic, metered execution of WebAssembly contracts on Wasmer.
//!
//! - [`Engine`] executes contracts over any [`StateStore`](govm_core::StateStore): it opens [`Block`]s, in which modules are
//!   deployed and functions called, one by one or [many at once](Engine::execute_block), durable one by one or
//!   [behind the next one's back](Engine::pipeline), and answers queries that write nothing. [`EngineConfig`] sets it up.
//! - [`check_module`] says whether a module can be deployed, and [`ModuleError`] why not.
//! - [`HOST_FUNCTIONS`] is the list of what contracts can call, [`gas`] what everything costs.
//!
//! A module goes a fixed way: its structure, imports and ABI are checked; gas and stack accounting is added to the module
//! itself; it is compiled, and the machine code is kept in memory and in an authenticated folder. Each call runs in a pooled
//! instance that was put back to the state after initialisation, with a virtual clock and a seeded random stream. How a call ended is a
//! [`Receipt`](govm_core::Receipt), the same on every machine; a failure of the host is a
//! [`HostFault`](govm_core::HostFault) and no result at all.
//!
//! ```
//! use govm_core::{Address, BlockInfo, Call};
//! use govm_runtime::{Engine, EngineConfig};
//! use govm_state::MemoryStore;
//!
//! // Contracts are built from Go; this one is written by hand: its only function answers with the number 42.
//! let wasm = wat::parse_str(r#"(module
//!     (import "govm" "output" (func $output (param i32 i32)))
//!     (memory (export "memory") 1)
//!     (data (i32.const 0) "\2a")
//!     (func (export "_initialize"))
//!     (func (export "govm_call") (param i32 i32) (result i32)
//!         (call $output (i32.const 0) (i32.const 1)) (i32.const 0))
//!     (@custom "govm.abi" "{\"abi_version\":1,\"name\":\"answer\",\"codec\":\"borsh\",\"functions\":["
//!         "{\"name\":\"Answer\",\"params\":[],\"results\":[{\"name\":\"\",\"type\":\"uint8\"}]}]}"))"#)?;
//!
//! let engine = Engine::new(MemoryStore::new(), &EngineConfig::default());
//! let alice = Address::from_bytes([1; 20]);
//! let mut block = engine.begin_block(BlockInfo::default())?;
//!
//! let deployed = block.deploy(alice, &wasm, 100_000_000)?.receipt;
//! let contract = Address::from_slice(&deployed.output).expect("a deployment answers with the address");
//!
//! let call = Call { sender: alice, contract, function: "Answer".into(), args: vec![], value: 0, gas_limit: 1_000_000 };
//! let receipt = block.call(&call)?.receipt;
//! assert_eq!(receipt.output, [42]);
//!
//! // The block is stored whole, with the next one built on it.
//! assert_eq!(block.commit()?.height, 1);
//! assert_eq!(engine.query(&call, 0)?.executed.receipt.gas_used, receipt.gas_used);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod background;
mod batch;
mod block;
mod cache;
#[allow(unsafe_code, reason = "loads machine code from the authenticated cache")]
mod compile;
#[allow(unsafe_code, reason = "lends kept threads what lives on the stack; the module says why it is sound")]
mod crew;
mod desk;
mod engine;
pub mod gas;
#[cfg(test)]
#[path = "../tests/support/go.rs"]
mod go;
mod host;
mod instance;
mod instrument;
#[doc(hidden)]
pub mod internals;
mod library;
mod module;
mod outcome;
mod parallel;
mod pipeline;
mod pool;
#[cfg(feature = "programs")]
mod program;
mod receipt;
#[allow(unsafe_code, reason = "owns guest memory, to restore it")]
mod restore;
mod runtime;
mod session;
mod tree;
mod wasi;

pub use batch::{BlockResult, Deployment, Effort, Item};
pub use block::Block;
pub use cache::{CacheStats, cache_stats, clear_cache};
pub use compile::Tier;
pub use engine::{ContractInfo, Engine, Executed, Queried};
pub use host::{HOST_FUNCTIONS, HOST_MODULE, HostFunction, Param, ParamKind, Returns};
pub use module::{ABI_SECTION, ModuleError, check_module, read_abi};
pub use pipeline::{BlockPipeline, PendingBlock};
pub use pool::IdleInstances;
#[cfg(feature = "programs")]
pub use program::{
    Ended, Finished, Program, ProgramClock, ProgramError, ProgramFiles, ProgramInput, Sandbox, SandboxConfig,
    program_functions,
};
pub use runtime::{EngineConfig, Reuse, Tiers};
pub use tree::{CallTree, Given, HostStep, StackFrame, StepEnd};
pub use wasi::contract_wasi_functions;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
